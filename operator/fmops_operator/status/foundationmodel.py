"""The conditions of a FoundationModel, from what was observed of its children, its source and its endpoint."""

from dataclasses import dataclass

from fmops_api.meta import Condition
from fmops_api.reasons import ConditionType
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.observed import Pod, Rollout
from fmops_operator.sizing import Sizing
from fmops_operator.status.conditions import condition, with_kstatus
from fmops_operator.status.foundationmodel_pods import Finding, find_engine
from fmops_operator.world import Answer

_STALLING = frozenset(
    {
        Reason.NO_REPLICAS,
        Reason.SOURCE_UNAUTHORIZED,
        Reason.SOURCE_NOT_FOUND,
        Reason.ACCELERATOR_OUT_OF_MEMORY,
        Reason.OUT_OF_MEMORY,
        Reason.CONTEXT_TOO_LONG,
        Reason.INVALID_POD_TEMPLATE,
        Reason.ARGUMENT_CONFLICT,
        Reason.PROVIDER_UNAUTHORIZED,
        Reason.WRONG_SERVED_NAME,
    }
)
"""What no waiting mends."""


@dataclass(frozen=True)
class Observation:
    """Everything that was found out in one pass."""

    source: Finding
    answer: Answer | None = None
    """What the endpoint said; None when there was nothing to ask."""
    blocked: Finding | None = None
    """Why the children could not be made as asked for; those of an earlier spec may still run."""
    rollout: Rollout | None = None
    pods: tuple[Pod, ...] = ()
    sizing: Sizing | None = None
    """None for a provider or service."""
    startup_seconds: float = 1800
    routed: Finding | None = None
    """Whether the gateway serves it; None when there is nothing to say of a gateway."""
    guarded: Finding | None = None
    """Whether its guard rails can do their work; None without any, or without a gateway."""
    objectives: Finding | None = None
    """Whether its answers kept what is promised; None when nothing is."""


def assess(seen: Observation, *, external: bool) -> list[Condition]:
    """Decide every condition; the first says whether the model is ready, and if not, who is at fault."""
    if external:
        return _assess_external(seen)
    engine = find_engine(seen.rollout, seen.pods, seen.startup_seconds)
    serving = find_serving(seen, engine)
    ready = _find_ready(seen, engine, serving)
    overdue = seen.rollout is not None and seen.rollout.overdue and not engine.status
    rest = [
        _condition(ConditionType.SOURCE_RESOLVED, seen.source),
        _condition(ConditionType.FITS_ACCELERATOR, _find_fit(seen.sizing)),
        _condition(ConditionType.ENGINE_AVAILABLE, engine),
        _condition(ConditionType.SERVING, serving),
        *_at_gateway(seen),
    ]
    stalled = ready is seen.blocked or ready.reason in _STALLING or overdue
    return with_kstatus(_condition(ConditionType.READY, ready), stalled=stalled, rest=rest)


def _assess_external(seen: Observation) -> list[Condition]:
    serving = Finding(False, seen.source.reason, seen.source.message)
    if seen.answer:
        serving = find_serving(seen, seen.source)
    rest = [
        _condition(ConditionType.SOURCE_RESOLVED, seen.source),
        _condition(ConditionType.SERVING, serving),
        *_at_gateway(seen),
    ]
    ready = _condition(ConditionType.READY, serving)
    return with_kstatus(ready, stalled=serving.reason in _STALLING, rest=rest)


def _at_gateway(seen: Observation) -> list[Condition]:
    found = (
        (ConditionType.ROUTED, seen.routed),
        (ConditionType.GUARDED, seen.guarded),
        (ConditionType.OBJECTIVES_MET, seen.objectives),
    )
    return [_condition(kind, finding) for kind, finding in found if finding]


def find_external_source(answer: Answer) -> Finding:
    """Say what an endpoint that somebody else runs tells of itself."""
    if answer.fault is None:
        return Finding(True, Reason.SOURCE_RESOLVED, answer.message)
    return Finding(False, _external_reason(answer.fault), answer.message)


def external_answer(answer: Answer) -> Answer:
    """Name a fault as one of a provider."""
    return answer if answer.fault is None else Answer(str(_external_reason(answer.fault)), answer.message)


def own_answer(answer: Answer) -> Answer:
    """Name a fault as one of our own pods: whatever they answer, they do not serve."""
    unauthorized = answer.fault == str(Reason.PROVIDER_UNAUTHORIZED)
    return Answer(str(Reason.ENDPOINT_NOT_ANSWERING), answer.message) if unauthorized else answer


def _external_reason(fault: str) -> Reason:
    return Reason.PROVIDER_UNREACHABLE if fault == str(Reason.ENDPOINT_NOT_ANSWERING) else Reason.of(fault)


def find_serving(seen: Observation, engine: Finding) -> Finding:
    """Say whether the endpoint itself answered; nobody is asked while no pod is ready."""
    if seen.answer is None:
        return Finding(False, engine.reason if not engine.status else Reason.ENGINE_PROGRESSING, engine.message)
    if seen.answer.fault is None:
        return Finding(True, Reason.SERVING, seen.answer.message)
    return Finding(False, Reason.of(seen.answer.fault), seen.answer.message)


def _find_ready(seen: Observation, engine: Finding, serving: Finding) -> Finding:
    if seen.blocked:
        return seen.blocked
    if engine.status:
        return serving
    # A pod that cannot start because its source is wrong says so late and less well than the source itself.
    unstarted = engine.reason in {Reason.ENGINE_PROGRESSING, Reason.ENGINE_CRASHED, Reason.UNSCHEDULABLE}
    return seen.source if seen.source.status is False and unstarted else engine


def _find_fit(sizing: Sizing | None) -> Finding:
    if sizing is None or sizing.fits is None:
        return Finding(None, Reason.NOT_ESTIMATED, sizing.message if sizing else "")
    return Finding(sizing.fits, Reason.FITS if sizing.fits else Reason.DOES_NOT_FIT, sizing.message)


def _condition(kind: ConditionType, finding: Finding) -> Condition:
    return condition(kind, finding.status, finding.reason, finding.message)
