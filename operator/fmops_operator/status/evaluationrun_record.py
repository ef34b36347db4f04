"""How the record of an EvaluationRun grows: results come in, changed inputs move them to the history. Pure."""

from collections.abc import Mapping, Sequence

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Past, Progress, Result, SliceResult
from fmops_api.reasons import ConditionType
from fmops_operator.status.evaluationrun_job import Reading

_PAST_RESULTS = 100
_RESULTS_PER_MODEL = 50
_SLICES_PER_MODEL = 20


def for_inputs(run: EvaluationRun, inputs_hash: str) -> EvaluationRunStatus:
    """Give the record for these inputs: the one at hand when it is about them, else a new one with a longer history."""
    old, limit = run.status, run.spec.history_limit
    if old.inputs_hash == inputs_hash:
        return old.model_copy(update={"history": old.history[:limit]})
    history = [*_past(old), *old.history][:limit]
    return EvaluationRunStatus(inputs_hash=inputs_hash, history=history, conditions=old.conditions)


def missing(status: EvaluationRunStatus, candidates: Sequence[str]) -> list[str]:
    """Name the candidates without results."""
    there = {r.model for r in status.results}
    return [name for name in candidates if name not in there]


def with_total(status: EvaluationRunStatus, total: int) -> EvaluationRunStatus:
    """Set how many answers are wanted."""
    return _with_progress(status, status.progress.done if status.progress else 0, total)


def with_reading(status: EvaluationRunStatus, reading: Reading, candidates: Sequence[str]) -> EvaluationRunStatus:
    """Add what the Job's pods found and is not there yet; the index of a candidate is its place in `candidates`."""
    absent = set(missing(status, candidates))
    new = {
        candidates[index]: summary
        for index, summary in sorted(reading.summaries().items())
        if index < len(candidates) and candidates[index] in absent
    }
    total = status.progress.total if status.progress else 0
    done = (status.progress.done if status.progress else 0) + sum(s.answered for s in new.values())
    started = reading.created_at or status.started_at
    kept = status.model_copy(
        update={
            "results": _joined(status.results, new, candidates),
            "slices": [*status.slices, *_sliced(new)],
            "started_at": started,
        }
    )
    if not missing(kept, candidates) and not kept.finished_at:
        kept = kept.model_copy(update={"finished_at": reading.ended_at()})
    return _with_progress(kept, done, total)


def _sliced(new: Mapping[str, EvaluationSummary]) -> list[SliceResult]:
    return [
        result.model_copy(update={"model": name})
        for name, summary in new.items()
        for result in summary.slices[:_SLICES_PER_MODEL]
    ]


def _joined(old: Sequence[Result], new: Mapping[str, EvaluationSummary], candidates: Sequence[str]) -> list[Result]:
    """Join results in the order of candidates, under the name that the index stands for and never more than fit."""
    added = [
        result.model_copy(update={"model": name})
        for name, summary in new.items()
        for result in summary.results[:_RESULTS_PER_MODEL]
    ]
    place = {name: number for number, name in enumerate(candidates)}
    return sorted([*old, *added], key=lambda r: place.get(r.model, len(place)))


def _with_progress(status: EvaluationRunStatus, done: int, total: int) -> EvaluationRunStatus:
    return status.model_copy(update={"progress": Progress(done=done, total=total), "progress_text": f"{done}/{total}"})


def _past(old: EvaluationRunStatus) -> list[Past]:
    """Give the finished evaluation that a record holds, as one entry of history; an unfinished one leaves no trace."""
    if not (old.inputs_hash and old.finished_at):
        return []
    gate = next((c.status for c in old.conditions if c.type == ConditionType.GATE_PASSED.value), "Unknown")
    own = [r.model_copy(update={"signature": ""}) for r in old.results if "." not in r.metric]
    return [Past(inputs_hash=old.inputs_hash, finished_at=old.finished_at, gate=gate, results=own[:_PAST_RESULTS])]
