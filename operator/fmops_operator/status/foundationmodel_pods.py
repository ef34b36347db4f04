"""Which child is at fault when the engine is not up: one question after the other, the first that holds names it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fmops_api.reasons import Documented, OperatorReason
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_operator.observed import CHECK_WEIGHTS, Container, Pod, Rollout
from fmops_operator.status.foundationmodel_log import cut, last_line, reason_of

_PULL_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
_SIGNALLED = {137, 143}
_STOPPING_SECONDS = 120.0
"""A pod that is stopped for a late start ends within so long after the time-out: the wait, the drain and some spare."""


@dataclass(frozen=True)
class Finding:
    """What was found out about one part of an object; the status is None when it is not known."""

    status: bool | None
    reason: Documented
    message: str = ""


def find_engine(rollout: Rollout | None, pods: Sequence[Pod], startup_seconds: float) -> Finding:
    """Say whether every wanted pod is ready, and if not, which child is at fault."""
    if rollout is None:
        return Finding(False, Reason.ENGINE_PROGRESSING, "the Deployment is not there yet")
    if rollout.wanted == 0 and rollout.total == 0:
        return Finding(False, Reason.NO_REPLICAS, "the Deployment is scaled to zero")
    if rollout.complete:
        return Finding(True, Reason.ENGINE_AVAILABLE, f"{rollout.ready} of {rollout.wanted} pods are ready")
    faults = [fault for fault in (find_fault(pod, startup_seconds) for pod in reversed(pods)) if fault]
    if faults:
        return min(faults, key=lambda fault: _WEIGHTS[fault.reason])
    if rollout.refusal:
        return Finding(False, refusal_reason(rollout.refusal), cut(rollout.refusal))
    return Finding(
        False, Reason.ENGINE_PROGRESSING, f"{rollout.ready} of {rollout.wanted} pods are ready{_old(rollout)}"
    )


def find_fault(pod: Pod, startup_seconds: float) -> Finding | None:
    """Say what is wrong with a pod; None when nothing is, or not yet."""
    if pod.ready or pod.leaving or pod.phase in {"Succeeded", "Failed"}:
        return None
    if pod.unschedulable:
        return Finding(False, Reason.UNSCHEDULABLE, cut(f"pod {pod.name}: {pod.unschedulable}"))
    for container in (*pod.checks, *pod.containers):
        for judge in _JUDGES:
            found = judge(container, startup_seconds)
            if found:
                return Finding(False, found.reason, cut(f"pod {pod.name}: {found.message}"))
    return None


def find_refusal(message: str) -> Finding:
    """Say why the API server refuses the Deployment itself."""
    reason: Documented = refusal_reason(message)
    if reason == Reason.INVALID_POD_TEMPLATE and "template" not in message:
        reason = OperatorReason.REFUSED
    return Finding(False, reason, cut(message))


def refusal_reason(message: str) -> Reason:
    """Tell a quota or limit from what is wrong with the pods themselves, in a refusal of the API server."""
    limits = ("exceeded quota", "failed quota", "usage per Container", "usage per Pod", "must specify limits")
    return Reason.QUOTA_EXCEEDED if any(limit in message for limit in limits) else Reason.INVALID_POD_TEMPLATE


def _image(container: Container, _: float) -> Finding | None:
    if container.waiting not in _PULL_REASONS:
        return None
    return Finding(
        False, Reason.IMAGE_PULL_FAILED, f"{container.image}: {container.waiting_message or container.waiting}"
    )


def _configuration(container: Container, _: float) -> Finding | None:
    if container.waiting != "CreateContainerConfigError":
        return None
    secret = "secret" in container.waiting_message.lower()
    reason = Reason.SOURCE_UNAUTHORIZED if secret else Reason.INVALID_POD_TEMPLATE
    return Finding(False, reason, f"container {container.name}: {container.waiting_message}")


def _start(container: Container, _: float) -> Finding | None:
    if container.waiting not in {"CreateContainerError", "RunContainerError", "PostStartHookError"}:
        return None
    return Finding(False, Reason.ENGINE_CRASHED, f"container {container.name}: {container.waiting_message}")


def _weights(container: Container, _: float) -> Finding | None:
    ended = container.ended
    if container.name != CHECK_WEIGHTS or ended is None or ended.exit_code == 0:
        return None
    return Finding(False, Reason.SOURCE_NOT_FOUND, ended.message.strip() or f"the check ended with {ended.exit_code}")


def _end(container: Container, startup_seconds: float) -> Finding | None:
    ended = container.ended
    if ended is None or container.ready or (ended.exit_code == 0 and not container.waiting):
        return None
    line = last_line(ended.message)
    if ended.reason == "OOMKilled":
        return Finding(
            False, Reason.OUT_OF_MEMORY, f"container {container.name} went over its memory limit and was killed"
        )
    late = ended.lasted is not None and startup_seconds <= ended.lasted <= startup_seconds + _STOPPING_SECONDS
    if (late and ended.exit_code in _SIGNALLED) or "KeyboardInterrupt: terminated" in ended.message:
        text = f"the engine was not up within {startup_seconds:g} s (startup.timeout) and was stopped"
        return Finding(False, Reason.STARTUP_TIMED_OUT, f"{text}: {line}" if line else text)
    said = line or "it said nothing"
    return Finding(False, reason_of(ended.message), f"container {container.name} ended with {ended.exit_code}: {said}")


_JUDGES: tuple[Callable[[Container, float], Finding | None], ...] = (_image, _configuration, _start, _weights, _end)

_WEIGHTS: Mapping[Documented, int] = {
    reason: weight
    for weight, reason in enumerate(
        (
            Reason.IMAGE_PULL_FAILED,
            Reason.SOURCE_UNAUTHORIZED,
            Reason.SOURCE_NOT_FOUND,
            Reason.INVALID_POD_TEMPLATE,
            Reason.CONTEXT_TOO_LONG,
            Reason.ACCELERATOR_OUT_OF_MEMORY,
            Reason.OUT_OF_MEMORY,
            Reason.STARTUP_TIMED_OUT,
            Reason.ENGINE_CRASHED,
            Reason.UNSCHEDULABLE,
        )
    )
}
"""Of several pods, the one whose fault a person must mend is named before one that may wait for room."""


def _old(rollout: Rollout) -> str:
    left = rollout.total - rollout.updated
    return f", {left} of the version before are left" if left > 0 and rollout.current else ""
