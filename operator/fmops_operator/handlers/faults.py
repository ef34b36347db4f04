"""The status of an object that could not be looked after: pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType, OperatorReason
from fmops_operator.errors import ClusterError, Forbidden
from fmops_operator.manifest import Manifest
from fmops_operator.status.conditions import condition, stamp, with_kstatus

MOST_FAULTS = 3


def faulty_status(manifest: Mapping[str, Any], reason: OperatorReason, message: str, now: datetime) -> Manifest:
    """Give the status it has, with Ready=False and Stalled=True for this reason and everything else as it was."""
    status = manifest.get("status") or {}
    old = [Condition.model_validate(each) for each in status.get("conditions") or ()]
    replaced = {str(kind) for kind in (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)}
    rest = [each for each in old if each.type not in replaced]
    ready = condition(ConditionType.READY, False, reason, message)
    generation = manifest["metadata"].get("generation", 0)
    new = stamp(with_kstatus(ready, stalled=True, rest=rest), old, generation, now)
    return {**status, "observedGeneration": generation, "conditions": [each.to_manifest() for each in new]}


def reason_of(error: ClusterError) -> OperatorReason:
    """Name what stands in the way."""
    return OperatorReason.FORBIDDEN if isinstance(error, Forbidden) else OperatorReason.REFUSED


def sentence_of(error: ValidationError) -> str:
    """Say where an object is faulty and why, the first few faults in one line."""
    faults = [
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}, found {_short(each['input'])}"
        for each in error.errors(include_url=False, include_context=False)
    ]
    more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
    return "; ".join(faults[:MOST_FAULTS]) + more


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
