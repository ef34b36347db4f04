"""What the status of an EvaluationRun says: conditions from the record and where the work stands. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_api.card import Card
from fmops_api.evaluationplan import Stage
from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import EvaluationRunStatus, GateResult, Verdict
from fmops_api.gates import best, decide, overall
from fmops_api.meta import Condition
from fmops_api.performance import of_a_level
from fmops_api.reasons import ConditionType as Type
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.trust import Trust, judge_trusted, with_doubts
from fmops_operator.status.conditions import condition, with_kstatus
from fmops_operator.status.evaluationrun_job import Reading
from fmops_operator.status.evaluationrun_record import missing
from fmops_operator.status.evaluationrun_selection import chosen, selected_condition, with_choice
from fmops_operator.status.job import Phase

_NAMED = 5
_STAGES = {
    Stage.ANSWER: (Type.ANSWERED, Reason.MEASURED),
    Stage.COMPARE: (Type.COMPARED, Reason.COMPARED),
    Stage.MEASURE: (Type.PERFORMANCE_MEASURED, Reason.MEASURED),
}
"""The condition of a stage, and its reason when the stage is done; to ask in shards is a part of answering."""
_DOING = {
    Stage.ASK: "asking",
    Stage.ANSWER: "measuring",
    Stage.COMPARE: "comparing with the baseline",
    Stage.MEASURE: "putting under load",
}
_DONE = {
    Stage.ASK: "asked",
    Stage.ANSWER: "measured",
    Stage.COMPARE: "compared with the baseline",
    Stage.MEASURE: "put under load",
}


@dataclass(frozen=True)
class Standing:
    """Why a run is not complete. `stalled`: nobody but a person can go on; else something is awaited."""

    reason: Reason
    message: str = ""
    stalled: bool = False


SUSPENDED = Standing(Reason.SUSPENDED, "execution.suspend is set: what was measured is kept, no pod runs")


@dataclass(frozen=True)
class View:
    """Everything that the conditions are made from."""

    candidates: Sequence[str]
    inputs: Standing | None = None
    """What is wrong with the inputs; None when they are there and ready."""
    work: Standing | None = None
    """Why the measuring is not done; None when it is."""
    sink_found: bool = True
    stages: Sequence[Stage] = (Stage.ANSWER,)
    at: Stage = Stage.ANSWER
    """The stage that `work` is about: those before it are done, those after it have not begun."""
    cards: Mapping[str, Card] = field(default_factory=dict)
    """What the candidates' owners say of them, by candidate."""
    sink_trouble: str = ""
    """Why rows could not be kept, in the runner's words; empty while nothing went wrong."""


def assess(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> EvaluationRunStatus:
    """Give the record with gates and conditions."""
    gates = _gates(spec, record, view)
    choice = None if view.work else chosen(spec, record, gates, view.cards)
    done = _done(Type.COMPLETE, view.work) or condition(
        Type.COMPLETE, True, Reason.MEASURED, _measured(record, view.candidates)
    )
    ready = done.model_copy(update={"type": str(Type.READY), "status": "False" if view.work else "True"})
    rest = [
        _inputs_resolved(view.inputs),
        *(_of_stage(stage, view, done) for stage in view.stages),
        done,
        *_judge_trusted(spec, record, view),
        _gate_passed(spec, gates, view.work),
        *selected_condition(spec, choice),
        _results_kept(spec, record, view),
    ]
    stalled = bool(view.work and view.work.stalled)
    conditions = with_kstatus(ready, stalled=stalled, rest=rest)
    return with_choice(spec, record, choice).model_copy(update={"gates": gates, "conditions": conditions})


def _done(kind: Type, work: Standing | None) -> Condition | None:
    if work is None:
        return None
    return condition(kind, False if work.stalled else None, work.reason, work.message)


def _of_stage(stage: Stage, view: View, done: Condition) -> Condition:
    """Say where a stage is: done, at work, or waiting for the one before it."""
    kind, reason = _STAGES[stage]
    place, at = view.stages.index(stage), view.stages.index(view.at)
    if view.work and place > at:
        return condition(kind, None, Reason.WAITING)
    standing = _done(kind, view.work) if place == at else None
    told = done.message if view.work is None and stage is Stage.ANSWER else ""
    return standing or condition(kind, True, reason, told)


def standing_of(
    reading: Reading | None, absent: Sequence[str], subjects: Sequence[str], stage: Stage = Stage.ANSWER
) -> Standing | None:
    """Say why a stage's Job has not done everything; None when none of its subjects is absent from what is there."""
    if not absent:
        return None
    if reading is None or reading.phase == Phase.ACTIVE:
        return Standing(Reason.RUNNING, _running(reading, absent, subjects, _DOING[stage]))
    if reading.phase == Phase.SUSPENDED:
        return Standing(Reason.QUEUED, _waits(reading)) if reading.queue else SUSPENDED
    if reading.reason == "DeadlineExceeded":
        return Standing(
            Reason.RUN_TIMED_OUT, f"not {_DONE[stage]} within execution.runTimeout: {_names(absent)}", stalled=True
        )
    if any(reading.word(subjects.index(name)) == Reason.SOURCE_CHANGED for name in absent):
        return Standing(Reason.SOURCE_CHANGED, f"{_troubles(reading, absent, subjects)}; the catalogue reads it again")
    words = {reading.word(subjects.index(name)) for name in absent}
    reason = next((each for each in (Reason.BUDGET_EXHAUSTED, Reason.TOO_MANY_ERRORS) if each in words), None)
    return Standing(reason or Reason.JOB_FAILED, _failed(reading, absent, subjects), stalled=True)


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _said(name: str, words: str) -> str:
    """Say whom a sentence is about, once."""
    return words if words.startswith(f"{name}: ") else f"{name}: {words}"


def _measured(record: EvaluationRunStatus, candidates: Sequence[str]) -> str:
    answers = f", {record.progress_text} answers" if record.progress_text else ""
    if record.progress and record.progress.cached:
        answers += f", {record.progress.cached} of them asked for earlier inputs"
    return f"measured: {_names(candidates)}{answers}{_low_power(record)}"


def _low_power(record: EvaluationRunStatus) -> str:
    """Warn of figures that few examples stand behind."""
    weak = [result for result in record.results if result.low_power]
    if not weak:
        return ""
    fewest = min(weak, key=lambda result: result.n)
    return f"; low power: {fewest.metric} of {fewest.model} has {fewest.n} examples, and fewer than 30 say little"


def _running(reading: Reading | None, absent: Sequence[str], candidates: Sequence[str], doing: str) -> str:
    text = f"{doing}: {_names(absent)}"
    if reading is None:
        return text
    if not reading.attempts and not reading.active:
        return f"{text}; the Job has no pod yet: if that lasts, a quota or admission refuses it, see the Job's Events"
    told = [_said(name, words) for name in absent if (words := reading.trouble(candidates.index(name)))]
    return "; ".join([text, *told[:_NAMED]])


def _waits(reading: Reading) -> str:
    return f"waits in queue {reading.queue} until Kueue has room; `kubectl get workloads` says what it waits for"


def _failed(reading: Reading, absent: Sequence[str], candidates: Sequence[str]) -> str:
    why = [f"the Job: {reading.message}"] if reading.message and not reading.attempts else []
    told = _troubles(reading, absent, candidates)
    spent = any(reading.word(candidates.index(name)) == Reason.BUDGET_EXHAUSTED for name in absent)
    more = "raise execution.budget to go on" if spent else "change the inputs, or delete the Job to measure again"
    return "; ".join([told, *why, more])


def _troubles(reading: Reading, absent: Sequence[str], candidates: Sequence[str]) -> str:
    return "; ".join(
        _said(name, reading.trouble(candidates.index(name)) or "its pod is gone and its summary with it")
        for name in absent[:_NAMED]
    )


def _inputs_resolved(fault: Standing | None) -> Condition:
    if fault:
        return condition(Type.INPUTS_RESOLVED, False, fault.reason, fault.message)
    return condition(Type.INPUTS_RESOLVED, True, Reason.INPUTS_RESOLVED)


def _gates(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> list[GateResult]:
    """Judge what has been measured; a gate of a stage that is still to come is not told yet."""
    absent = set(missing(record, view.candidates))
    apart = set(missing(record, view.candidates, Stage.COMPARE))
    measured = [name for name in view.candidates if name not in absent]
    baseline = spec.baseline.name if spec.baseline else None
    decided = decide(spec.gates or (), record.results, measured, baseline)
    unloaded = set(missing(record, view.candidates, Stage.MEASURE))
    told = [gate for gate in decided if not (gate.against and gate.model in apart)]
    told = [gate for gate in told if not (of_a_level(gate.metric) and gate.model in unloaded)]
    return with_doubts(told, Trust(spec, view.candidates, record.results))


def _judge_trusted(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> list[Condition]:
    found = judge_trusted(Trust(spec, view.candidates, record.results), complete=view.work is None)
    return [found] if found else []


def _gate_passed(spec: EvaluationRunSpec, gates: Sequence[GateResult], work: Standing | None) -> Condition:
    if not spec.gates:
        return condition(Type.GATE_PASSED, None if work else True, Reason.NO_GATES)
    if work and work.reason is Reason.RUN_TIMED_OUT:
        return condition(Type.GATE_PASSED, None, Reason.RUN_TIMED_OUT, f"no verdict: {work.message}")
    if work:
        # After a failure there is no verdict to wait for; that is said here as well.
        why = f"no verdict without figures: {work.reason}: {work.message}" if work.stalled else ""
        return condition(Type.GATE_PASSED, None, Reason.UNDECIDED, why)
    verdict = best(gates) if spec.selection else overall([g.verdict for g in gates])
    status, reason = {
        Verdict.PASSED: (True, Reason.PASSED),
        Verdict.FAILED: (False, Reason.FAILED),
        Verdict.INCONCLUSIVE: (None, Reason.INCONCLUSIVE),
    }[verdict]
    return condition(Type.GATE_PASSED, status, reason, gates_in_words(gates, verdict))


def gates_in_words(gates: Sequence[GateResult], verdict: Verdict) -> str:
    """Name the gates with this verdict and their figures."""
    named = [g.words() for g in gates if g.verdict == verdict]
    more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return "; ".join(named[:_NAMED]) + more


def _results_kept(spec: EvaluationRunSpec, record: EvaluationRunStatus, view: View) -> Condition:
    if view.sink_trouble:
        return condition(Type.RESULTS_KEPT, False, Reason.SINK_FAILED, view.sink_trouble)
    if record.report:
        return condition(Type.RESULTS_KEPT, True, Reason.KEPT, f"the rows are in {record.report}")
    if not spec.sink:
        return condition(Type.RESULTS_KEPT, False, Reason.NO_SINK)
    if not view.sink_found and spec.sink.persistent_volume_claim:
        claim = spec.sink.persistent_volume_claim.claim_name
        return condition(Type.RESULTS_KEPT, False, Reason.SINK_NOT_FOUND, f"there is no PersistentVolumeClaim {claim}")
    if view.work is None:
        return condition(Type.RESULTS_KEPT, False, Reason.NO_SINK, "these results were measured before sink was set")
    return condition(Type.RESULTS_KEPT, None, Reason.RUNNING, "the rows are written while the run goes on")
