"""Whether the guard rails of a model can do their work: what is wrong with each, in words."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from fmops_api.foundationmodel import FoundationModel
from fmops_api.guarding import circle, guard_models, unsuitable
from fmops_api.guardrail import Guardrail
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.status.conditions import told
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_serving.guard.pattern import compiled


class Fault(NamedTuple):
    """What is wrong with a rail."""

    reason: Reason
    message: str


def assess_guard(faults: Sequence[Fault], rails: int) -> Finding:
    """Say whether every rail works; the first fault is the reason, and the message has all of them."""
    if not faults:
        return Finding(True, Reason.GUARDED, f"{rails} guard rail{'s' if rails > 1 else ''} can do their work")
    return Finding(False, faults[0].reason, "; ".join(fault.message for fault in faults)[:2000])


def pattern_fault(rail: Guardrail) -> Fault | None:
    """Compile the rail's pattern as the gateway will: the API server knows Go's RE2, which has other limits."""
    try:
        compiled(rail.pattern or "")
    except ValueError as error:
        return Fault(Reason.PATTERN_REFUSED, f"guardrails[{rail.name}].pattern: {error}")
    return None


def classifier_fault(rail: Guardrail, mounted: Collection[str]) -> Fault | None:
    """Look for the rail's classifier among those of the gateway."""
    if rail.classifier is None or rail.classifier in mounted:
        return None
    has = f"it has {', '.join(sorted(mounted))}" if mounted else "it has none"
    return Fault(
        Reason.CLASSIFIER_NOT_FOUND,
        f"guardrails[{rail.name}].classifier: the gateway has no classifier {rail.classifier} ({has}): mount it by the"
        " chart's gateway.classifiers",
    )


def guard_model_fault(
    rail: Guardrail, model: str, name: str, models: Mapping[str, FoundationModel | None]
) -> Fault | None:
    """Say why a guard model, named by `model`, cannot be asked at all."""
    field, guard = f"guardrails[{rail.name}].guardModel.model", models.get(name)
    if guard is None:
        return Fault(Reason.GUARD_MODEL_NOT_FOUND, f"{field}: there is no FoundationModel {name}")
    asks = {each: guard_models(found) for each, found in models.items()}
    why = unsuitable(guard) or circle(model, name, asks)
    return Fault(Reason.GUARD_MODEL_UNSUITABLE, f"{field}: {why}") if why else None


def readiness_fault(rail: Guardrail, guard: FoundationModel, *, serves: bool) -> Fault | None:
    """Say that a guard model does not serve now, in its own words."""
    if serves:
        return None
    return Fault(
        Reason.GUARD_MODEL_NOT_READY,
        f"guardrails[{rail.name}]: guard model {guard.metadata.name}: {told(guard.status.conditions)}",
    )
