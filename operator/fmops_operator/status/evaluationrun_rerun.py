"""When an EvaluationRun is measured again although nothing changed, or kept although something did. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fmops_api.cron import parse_schedule
from fmops_api.evaluationrun import EvaluationRun, EvaluationRunSpec
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType as Type
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.rerun import Rerun
from fmops_api.scalars import seconds
from fmops_operator.status.conditions import condition


def scheduled_for(run: EvaluationRun, now: datetime) -> str | None:
    """Say which scheduled time the measurement of now is for, as RFC 3339; None while it is for none.

    That time is an input, so that it has an inputsHash, a Job and a folder of its own. It moves on when the schedule
    has come since the last measurement began, and that one has ended: what was missed meanwhile counts once.
    """
    status, rerun = run.status, run.spec.rerun
    begun = status.started_at or status.finished_at
    if not (rerun and rerun.schedule and begun) or run.spec.execution.suspend or not _has_ended(status):
        return status.scheduled_at
    came = parse_schedule(rerun.schedule, rerun.time_zone or "UTC").latest(now)
    return _text(came) if came and came > _time(begun) else status.scheduled_at


def is_kept(run: EvaluationRun, inputs_hash: str, scheduled_at: str | None) -> bool:
    """Say whether finished results stay although the inputs are others by now."""
    status, rerun = run.status, run.spec.rerun
    changed = status.inputs_hash != inputs_hash and status.scheduled_at == scheduled_at
    return bool(rerun and not rerun.on_input_change and status.finished_at and changed)


def stale(spec: EvaluationRunSpec, record: EvaluationRunStatus, inputs_hash: str, now: datetime) -> list[Condition]:
    """Give the condition Stale of a run that says something of re-runs, no condition for one that does not."""
    if spec.rerun is None:
        return []
    if record.finished_at is None:
        return [condition(Type.STALE, None, Reason.UNDECIDED)]
    if record.inputs_hash != inputs_hash:
        message = f"measured on inputs {record.inputs_hash}, which are {inputs_hash} by now; onInputChange is false"
        return [condition(Type.STALE, True, Reason.INPUTS_CHANGED, message)]
    if spec.rerun.max_age and now - _time(record.finished_at) > _age(spec.rerun):
        message = f"measured at {record.finished_at}, more than {spec.rerun.max_age} ago"
        return [condition(Type.STALE, True, Reason.TOO_OLD, message)]
    return [condition(Type.STALE, False, Reason.FRESH, f"measured at {record.finished_at}")]


def seconds_until(spec: EvaluationRunSpec, record: EvaluationRunStatus, now: datetime) -> float | None:
    """Give the seconds until the schedule comes or the results become too old, whichever is first; None for never."""
    due: list[datetime] = []
    if spec.rerun and spec.rerun.schedule:
        following = parse_schedule(spec.rerun.schedule, spec.rerun.time_zone or "UTC").next(now)
        due += [following] if following else []
    if spec.rerun and spec.rerun.max_age and record.finished_at:
        old = _time(record.finished_at) + _age(spec.rerun)
        due += [old] if old >= now else []
    # A second more: times are whole seconds, and too old is more than the age.
    return min((at - now).total_seconds() for at in due) + 1.0 if due else None


def soonest(*waits: float | None) -> float | None:
    """Give the shortest wait; None when there is none."""
    return min((wait for wait in waits if wait is not None), default=None)


def measured_of(record: EvaluationRunStatus) -> Sequence[str]:
    """Name the candidates that a record has results of."""
    return list(dict.fromkeys(result.model for result in record.results))


def _has_ended(status: EvaluationRunStatus) -> bool:
    """Say whether nothing is being measured any more: it is done, or it failed and waits for a person."""
    given_up = {
        each.value
        for each in (Reason.JOB_FAILED, Reason.TOO_MANY_ERRORS, Reason.BUDGET_EXHAUSTED, Reason.RUN_TIMED_OUT)
    }
    failed = any(c.type == Type.STALLED.value and c.reason in given_up for c in status.conditions)
    return status.finished_at is not None or failed


def _age(rerun: Rerun) -> timedelta:
    return timedelta(seconds=seconds(rerun.max_age or "0s"))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
