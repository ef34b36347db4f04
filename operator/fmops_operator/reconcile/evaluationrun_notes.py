"""What is worth an Event on an EvaluationRun."""

from fmops_api.evaluationplan import EvaluationPlan, Stage
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.world import Note

_DECIDED = {Reason.PASSED.value, Reason.FAILED.value, Reason.INCONCLUSIVE.value}


def started(run: EvaluationRun, plan: EvaluationPlan, stage: Stage) -> Note:
    """Tell that the Job of a stage was made."""
    names = ", ".join(plan.subjects(stage))
    against = f" against {plan.baseline}" if stage is Stage.COMPARE else ""
    what = f"{names}{against} on {plan.template or plan.chain}, inputs {plan.inputs_hash}"
    if run.spec.execution.suspend:
        return Note("EvaluationSuspended", f"Made the Job for {what}; it waits while execution.suspend is set")
    if run.spec.execution.queue_name:
        return Note("EvaluationQueued", f"Made the Job for {what}; it waits in queue {run.spec.execution.queue_name}")
    if stage is Stage.COMPARE:
        return Note("ComparisonStarted", f"Comparing {what}")
    if stage is Stage.ASK:
        return Note("AskingStarted", f"Asking in {run.spec.execution.shards} shards a candidate {what}")
    if stage is Stage.MEASURE:
        return Note("LoadStarted", f"Putting under load {what}")
    return Note("EvaluationStarted", f"Measuring {what}")


def superseded(run: EvaluationRun, status: EvaluationRunStatus) -> tuple[Note, ...]:
    """Tell that the inputs are others than before; nothing when they are not."""
    before = run.status.inputs_hash
    if before in {None, status.inputs_hash}:
        return ()
    if status.scheduled_at and status.scheduled_at != run.status.scheduled_at:
        return (Note("Scheduled", f"Measuring anew as scheduled for {status.scheduled_at}"),)
    kept = "; the earlier results are in the history" if run.status.finished_at else ""
    return (Note("Superseded", f"The inputs changed, {before} became {status.inputs_hash}{kept}"),)


def decided(run: EvaluationRun, status: EvaluationRunStatus) -> tuple[Note, ...]:
    """Tell what the gates say, once for each verdict on the same inputs."""
    before, now = _gate(run.status), _gate(status)
    if now is None or now.reason not in _DECIDED:
        return ()
    if before and (before.reason, run.status.inputs_hash) == (now.reason, status.inputs_hash):
        return ()
    return (Note("GateDecided", f"Gates {now.reason.lower()}: {now.message}", warning=now.status == "False"),)


def selected(run: EvaluationRun, status: EvaluationRunStatus) -> tuple[Note, ...]:
    """Tell which candidate is chosen, once for each that is."""
    before, now = run.status.selected, status.selected
    if now is None or (before and before.model == now.model and run.status.inputs_hash == status.inputs_hash):
        return ()
    instead = f" instead of {before.model}" if before and before.model != now.model else ""
    return (Note("ModelSelected", f"Selected {now.model}{instead}: {now.reason}"),)


def _gate(status: EvaluationRunStatus) -> Condition | None:
    return next((c for c in status.conditions if c.type == ConditionType.GATE_PASSED.value), None)
