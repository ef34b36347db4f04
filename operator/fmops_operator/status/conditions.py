"""Conditions by the Kubernetes conventions, and the kstatus ones beside Ready."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fmops_api.meta import Condition, ConditionStatus
from fmops_api.reasons import ConditionType, Documented


def condition(kind: ConditionType, status: bool | None, reason: Documented, message: str = "") -> Condition:
    """Make a condition; None is Unknown. An empty message becomes the reason's own sentence."""
    words: dict[bool | None, ConditionStatus] = {True: "True", False: "False", None: "Unknown"}
    return Condition(
        type=str(kind), status=words[status], reason=str(reason), message=(message or reason.sentence)[:4096]
    )


def with_kstatus(ready: Condition, *, stalled: bool, rest: Iterable[Condition]) -> list[Condition]:
    """Put Ready first and add Reconciling or Stalled by the kstatus rules: neither stands beside Ready=True."""
    extra = []
    if ready.status != "True":
        kind = ConditionType.STALLED if stalled else ConditionType.RECONCILING
        extra = [ready.model_copy(update={"type": str(kind), "status": "True"})]
    return [ready, *extra, *rest]


def stamp(new: Sequence[Condition], old: Sequence[Condition], generation: int, now: datetime) -> list[Condition]:
    """Set observedGeneration and lastTransitionTime; the time stays while the status of a condition stays."""
    before = {c.type: c for c in old}

    def since(c: Condition) -> datetime:
        same = before.get(c.type)
        kept = same.last_transition_time if same and same.status == c.status else None
        return kept or now

    return [c.model_copy(update={"observed_generation": generation, "last_transition_time": since(c)}) for c in new]


def told(conditions: Sequence[Condition]) -> str:
    """Give another object's own words."""
    ready = next((c for c in conditions if c.type == ConditionType.READY.value), None)
    return f"{ready.reason}: {ready.message}" if ready else "the operator has not looked at it yet"
