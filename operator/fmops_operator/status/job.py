"""What any Job and its pods say, whatever they are for. Pure."""

from enum import Enum
from typing import Any

from fmops_operator.manifest import Manifest

JOB_LABEL = "batch.kubernetes.io/job-name"


class Phase(Enum):
    """How far a Job is."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETE = "complete"
    FAILED = "failed"


def ending_of(job: Manifest) -> dict[str, Any] | None:
    """Give the condition that ended the Job; None while it has not ended."""
    return next((c for c in job.get("status", {}).get("conditions", ()) if _ends(c)), None)


def phase_of(job: Manifest) -> Phase:
    """Say how far the Job is."""
    if ended := ending_of(job):
        return Phase.COMPLETE if ended["type"] == "Complete" else Phase.FAILED
    return Phase.SUSPENDED if job.get("spec", {}).get("suspend") else Phase.ACTIVE


def container_of(pod: Manifest) -> dict[str, Any]:
    """Give the status of the pod's one container."""
    return next(iter(pod.get("status", {}).get("containerStatuses", ())), {})


def terminated_of(pod: Manifest) -> dict[str, Any] | None:
    """Say how the container ended; None while it has not."""
    found: dict[str, Any] | None = container_of(pod).get("state", {}).get("terminated")
    return found


def waiting_of(pod: Manifest) -> str:
    """Say why a pod does not start or was ended from outside; empty when neither."""
    status = pod.get("status", {})
    if status.get("phase") == "Failed":
        return f"the pod was ended: {status.get('message') or status.get('reason') or 'no reason given'}"
    waiting = container_of(pod).get("state", {}).get("waiting", {})
    if waiting.get("message"):
        return f"the pod does not start: {waiting.get('reason', '')}: {waiting['message']}"
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"the pod has no node: {condition.get('message', '')}"
    return ""


def _ends(condition: dict[str, Any]) -> bool:
    return condition["type"] in {"Complete", "Failed"} and condition["status"] == "True"
