"""What the status of an EvaluationRun says: conditions from the record and where the work stands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult, Verdict
from fmops_api.gates import decide, overall
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType as Type
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.trust import judge_trusted, with_doubts
from fmops_operator.status.conditions import condition, with_kstatus
from fmops_operator.status.evaluationrun_job import Phase, Reading
from fmops_operator.status.evaluationrun_record import missing

_NAMED = 5


@dataclass(frozen=True)
class Standing:
    """Why a run is not complete. `stalled`: nobody but a person can go on; else something is awaited."""

    reason: Reason
    message: str = ""
    stalled: bool = False


@dataclass(frozen=True)
class View:
    """Everything that the conditions are made from."""

    candidates: Sequence[str]
    inputs: Standing | None = None
    """What is wrong with the inputs; None when they are there and ready."""
    work: Standing | None = None
    """Why the measuring is not done; None when it is."""
    sink_found: bool = True


def assess(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> EvaluationRunStatus:
    """Give the record with gates and conditions."""
    gates = _gates(spec, record, view.candidates)
    done = condition(Type.COMPLETE, True, Reason.MEASURED, _measured(record, view.candidates))
    if view.work:
        failed = False if view.work.stalled else None
        done = condition(Type.COMPLETE, failed, view.work.reason, view.work.message)
    ready = done.model_copy(update={"type": str(Type.READY), "status": "False" if view.work else "True"})
    rest = [
        _inputs_resolved(view.inputs),
        done.model_copy(update={"type": str(Type.ANSWERED)}),
        done,
        *_judge_trusted(spec, record, complete=view.work is None),
        _gate_passed(spec, gates, complete=view.work is None),
        _results_kept(spec, record, view),
    ]
    stalled = bool(view.work and view.work.stalled)
    return record.model_copy(update={"gates": gates, "conditions": with_kstatus(ready, stalled=stalled, rest=rest)})


def standing_of(reading: Reading | None, record: EvaluationRunStatus, candidates: Sequence[str]) -> Standing | None:
    """Say why a Job has not measured everything; None when every candidate has results."""
    absent = missing(record, candidates)
    if not absent:
        return None
    if reading is None or reading.phase == Phase.ACTIVE:
        return Standing(Reason.RUNNING, _running(reading, absent, candidates))
    if reading.phase == Phase.SUSPENDED:
        return Standing(Reason.SUSPENDED, "execution.suspend is set: what was measured is kept, no pod runs")
    if reading.reason == "DeadlineExceeded":
        return Standing(
            Reason.RUN_TIMED_OUT, f"not measured within execution.runTimeout: {_names(absent)}", stalled=True
        )
    return Standing(Reason.JOB_FAILED, _failed(reading, absent, candidates), stalled=True)


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _said(name: str, words: str) -> str:
    """Say whom a sentence is about, once."""
    return words if words.startswith(f"{name}: ") else f"{name}: {words}"


def _measured(record: EvaluationRunStatus, candidates: Sequence[str]) -> str:
    answers = f", {record.progress_text} answers" if record.progress_text else ""
    return f"measured: {_names(candidates)}{answers}"


def _running(reading: Reading | None, absent: Sequence[str], candidates: Sequence[str]) -> str:
    text = f"measuring: {_names(absent)}"
    if reading is None:
        return text
    if not reading.attempts and not reading.active:
        return f"{text}; the Job has no pod yet: if that lasts, a quota or admission refuses it, see the Job's Events"
    told = [_said(name, words) for name in absent if (words := reading.trouble(candidates.index(name)))]
    return "; ".join([text, *told[:_NAMED]])


def _failed(reading: Reading, absent: Sequence[str], candidates: Sequence[str]) -> str:
    told = [
        _said(name, reading.trouble(candidates.index(name)) or "its pod is gone and its summary with it")
        for name in absent[:_NAMED]
    ]
    why = [f"the Job: {reading.message}"] if reading.message and not reading.attempts else []
    return "; ".join([*told, *why, "change the inputs, or delete the Job to measure again"])


def _inputs_resolved(fault: Standing | None) -> Condition:
    if fault:
        return condition(Type.INPUTS_RESOLVED, False, fault.reason, fault.message)
    return condition(Type.INPUTS_RESOLVED, True, Reason.INPUTS_RESOLVED)


def _gates(spec: EvaluationRunSpec, record: EvaluationRunStatus, candidates: Sequence[str]) -> list[GateResult]:
    absent = set(missing(record, candidates))
    decided = decide(spec.gates or (), record.results, [name for name in candidates if name not in absent])
    return with_doubts(decided, spec, record.results)


def _judge_trusted(spec: EvaluationRunSpec, record: EvaluationRunStatus, *, complete: bool) -> list[Condition]:
    found = judge_trusted(spec, record.results, complete=complete)
    return [found] if found else []


def _gate_passed(spec: EvaluationRunSpec, gates: Sequence[GateResult], *, complete: bool) -> Condition:
    if not spec.gates:
        return condition(Type.GATE_PASSED, True if complete else None, Reason.NO_GATES)
    if not complete:
        return condition(Type.GATE_PASSED, None, Reason.UNDECIDED)
    verdict = overall([g.verdict for g in gates])
    status, reason = {
        Verdict.PASSED: (True, Reason.PASSED),
        Verdict.FAILED: (False, Reason.FAILED),
        Verdict.INCONCLUSIVE: (None, Reason.INCONCLUSIVE),
    }[verdict]
    return condition(Type.GATE_PASSED, status, reason, gates_in_words(gates, verdict))


def gates_in_words(gates: Sequence[GateResult], verdict: Verdict) -> str:
    """Name the gates with this verdict and their figures."""
    named = [f"{g.model}: {g.metric} {g.required}: {g.observed}" for g in gates if g.verdict == verdict]
    more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return "; ".join(named[:_NAMED]) + more


def _results_kept(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> Condition:
    if record.report:
        return condition(Type.RESULTS_KEPT, True, Reason.KEPT, f"the rows are in {record.report}")
    if not spec.sink:
        return condition(Type.RESULTS_KEPT, False, Reason.NO_SINK)
    if not view.sink_found:
        claim = spec.sink.persistent_volume_claim.claim_name
        return condition(Type.RESULTS_KEPT, False, Reason.SINK_NOT_FOUND, f"there is no PersistentVolumeClaim {claim}")
    if view.work is None:
        return condition(Type.RESULTS_KEPT, False, Reason.NO_SINK, "these results were measured before sink was set")
    return condition(Type.RESULTS_KEPT, None, Reason.RUNNING, "the rows are written while the run goes on")
