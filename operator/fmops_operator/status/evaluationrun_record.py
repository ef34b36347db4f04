"""How the record of an EvaluationRun grows: results come in, changed inputs move them to the history. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fmops_api.evaluationplan import EvaluationSummary, Stage
from fmops_api.evaluationrun import EvaluationRun, EvaluationRunSpec
from fmops_api.evaluationrunstatus import (
    Against,
    EvaluationRunStatus,
    Past,
    Progress,
    Result,
    SliceResult,
    Verdict,
)
from fmops_api.gates import best, overall
from fmops_api.performance import of_a_level
from fmops_api.reasons import ConditionType, EvaluationRunReason
from fmops_api.shard import shard_at
from fmops_operator.status.evaluationrun_job import Reading

_PAST_RESULTS = 100
_RESULTS_PER_MODEL = {Stage.ANSWER: 50, Stage.COMPARE: 50, Stage.MEASURE: 25}
_SLICES_PER_MODEL = 20


def for_inputs(run: EvaluationRun, inputs_hash: str, scheduled_at: str | None = None) -> EvaluationRunStatus:
    """Give the record for these inputs: the one at hand when it is about them, else a new one with a longer history."""
    old, limit = run.status, run.spec.history_limit
    if old.inputs_hash == inputs_hash:
        return old.model_copy(update={"history": old.history[:limit]})
    history = [*_past(old, run.spec), *old.history][:limit]
    return EvaluationRunStatus(
        inputs_hash=inputs_hash, scheduled_at=scheduled_at, history=history, conditions=old.conditions
    )


def missing(status: EvaluationRunStatus, subjects: Sequence[str], stage: Stage = Stage.ANSWER) -> list[str]:
    """Name the candidates of a stage without results of that stage."""
    there = {r.model for r in status.results if _stage_of(r) is stage}
    return [name for name in subjects if name not in there]


def unasked(
    status: EvaluationRunStatus, reading: Reading | None, candidates: Sequence[str], subjects: Sequence[str]
) -> list[str]:
    """Name the shards, of all `subjects`, that are not asked yet, of candidates without results."""
    absent, shards = missing(status, candidates), len(subjects) // len(candidates)
    asked = reading.completed if reading else frozenset()
    wanted = {place for place, name in enumerate(candidates) if name in absent}
    return [name for i, name in enumerate(subjects) if shard_at(i, shards)[0] in wanted and i not in asked]


def with_asked(status: EvaluationRunStatus, reading: Reading, candidates: Sequence[str]) -> EvaluationRunStatus:
    """Say how many answers shards have by now, as long as a candidate is without results."""
    there = sum(summary.answered for summary in reading.handed_back().values())
    asked = there if there and missing(status, candidates) else None
    return _with_progress(status, (status.progress or Progress()).model_copy(update={"asked": asked}))


def _stage_of(result: Result) -> Stage:
    if result.against is Against.BASELINE:
        return Stage.COMPARE
    return Stage.MEASURE if of_a_level(result.metric) else Stage.ANSWER


def with_total(status: EvaluationRunStatus, total: int) -> EvaluationRunStatus:
    """Set how many answers are wanted."""
    return _with_progress(status, (status.progress or Progress()).model_copy(update={"total": total}))


def with_reading(
    status: EvaluationRunStatus, reading: Reading, subjects: Sequence[str], stage: Stage = Stage.ANSWER
) -> EvaluationRunStatus:
    """Add what a stage's pods found and is not there yet; the index of a candidate is its place in `subjects`."""
    absent = set(missing(status, subjects, stage))
    new = {
        subjects[index]: summary
        for index, summary in sorted(reading.summaries().items())
        if index < len(subjects) and subjects[index] in absent
    }
    kept = status.model_copy(update={"results": _joined(status.results, new, _RESULTS_PER_MODEL[stage])})
    if stage is not Stage.ANSWER:
        return kept
    before = status.progress or Progress()
    progress = Progress(
        done=before.done + sum(s.answered for s in new.values()),
        total=before.total,
        cached=(before.cached or 0) + sum(s.cached for s in new.values()) or None,
        asked=before.asked if missing(kept, subjects, stage) else None,
    )
    started = kept.model_copy(
        update={
            "slices": sorted([*status.slices, *_sliced(new)], key=lambda r: r.model),
            "started_at": reading.created_at or status.started_at,
        }
    )
    return _with_progress(started, progress)


def with_end(status: EvaluationRunStatus, reading: Reading) -> EvaluationRunStatus:
    """Say when the last stage was done."""
    return status if status.finished_at else status.model_copy(update={"finished_at": reading.ended_at()})


def with_source_change(
    status: EvaluationRunStatus, reading: Reading, subjects: Sequence[str], now: datetime
) -> EvaluationRunStatus:
    """Say when a runner of this Job was seen to find that a source changed, so that the catalogue reads it again.

    By our clock, since it is held against when the catalogue had the source read; that of a node may be another.
    """
    told = status.source_changed_at or ""
    if not found_change(reading, subjects) or told >= reading.created_at:
        return status
    return status.model_copy(update={"source_changed_at": now.strftime("%Y-%m-%dT%H:%M:%SZ")})


def found_change(reading: Reading, subjects: Sequence[str]) -> bool:
    """Say whether the newest try of a candidate found that a source changed."""
    return any(reading.word(index) == EvaluationRunReason.SOURCE_CHANGED for index in range(len(subjects)))


def _joined(old: Sequence[Result], new: Mapping[str, EvaluationSummary], most: int) -> list[Result]:
    """Join results by candidate, under the name that the index stands for and never more than fit."""
    added = [
        result.model_copy(update={"model": name}) for name, summary in new.items() for result in summary.results[:most]
    ]
    return sorted([*old, *added], key=lambda r: r.model)


def _sliced(new: Mapping[str, EvaluationSummary]) -> list[SliceResult]:
    return [
        result.model_copy(update={"model": name})
        for name, summary in new.items()
        for result in summary.slices[:_SLICES_PER_MODEL]
    ]


def _with_progress(status: EvaluationRunStatus, progress: Progress) -> EvaluationRunStatus:
    done = max(progress.done, progress.asked or 0)
    return status.model_copy(update={"progress": progress, "progress_text": f"{done}/{progress.total}"})


def _past(old: EvaluationRunStatus, spec: EvaluationRunSpec) -> list[Past]:
    """Give the finished evaluation that a record holds, as one entry of history; an unfinished one leaves no trace."""
    if not (old.inputs_hash and old.finished_at):
        return []
    own = [r.model_copy(update={"signature": ""}) for r in old.results if "." not in r.metric and not r.against]
    return [
        Past(
            inputs_hash=old.inputs_hash,
            finished_at=old.finished_at,
            gate=_gate_then(old, spec),
            selected=old.selected.model if old.selected else None,
            results=own[:_PAST_RESULTS],
        )
    ]


def _gate_then(old: EvaluationRunStatus, spec: EvaluationRunSpec) -> str:
    """Give what GatePassed said of finished results; while inputs were awaited, the gates still do."""
    said = next((c for c in old.conditions if c.type == ConditionType.GATE_PASSED.value), None)
    if said and said.reason != EvaluationRunReason.UNDECIDED.value:
        return said.status
    verdict = best(old.gates) if spec.selection else overall([g.verdict for g in old.gates])
    words = {Verdict.PASSED: "True", Verdict.FAILED: "False", Verdict.INCONCLUSIVE: "Unknown"}
    return words[verdict] if old.gates else "Unknown"
