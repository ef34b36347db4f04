"""Pods and Deployments as Kubernetes reports them, for tests of what is read out of them."""

from collections.abc import Mapping
from typing import Any


def pod(name: str = "small-1", *, ready: bool = False, **changed: Any) -> dict[str, Any]:
    """A scheduled pod; `engine` and `check` are container states, `scheduled` a message of the scheduler."""
    conditions = [{"type": "Ready", "status": str(ready)}, {"type": "PodScheduled", "status": "True"}]
    if "scheduled" in changed:
        conditions[1] = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": changed["scheduled"],
        }
    status: dict[str, Any] = {
        "phase": changed.get("phase", "Running" if ready else "Pending"),
        "conditions": conditions,
    }
    if "check" in changed:
        status["initContainerStatuses"] = [{"name": "check-weights", "image": "vllm/cpu:1", **changed["check"]}]
    if "engine" in changed or ready:
        engine = changed.get("engine", {"state": {"running": {}}})
        status["containerStatuses"] = [{"name": "engine", "image": "vllm/cpu:1", "ready": ready, **engine}]
    metadata = {"name": name, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if changed.get("leaving") else {})}
    return {"metadata": metadata, "spec": {}, "status": status}


def waiting(reason: str, message: str = "", last: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A container that waits, and how its run before ended."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"state": state, **({"lastState": {"terminated": dict(last)}} if last else {})}


def ended(code: int, message: str = "", reason: str = "Error", seconds: int = 20) -> dict[str, Any]:
    """How a container's run ended."""
    minutes, rest = divmod(seconds, 60)
    return {
        "exitCode": code,
        "reason": reason,
        "message": message,
        "startedAt": "2026-01-01T00:00:00Z",
        "finishedAt": f"2026-01-01T{minutes // 60:02}:{minutes % 60:02}:{rest:02}Z",
    }


def deployment(wanted: int = 1, *, ready: int = 0, **changed: Any) -> dict[str, Any]:
    """A Deployment whose controller is up to date, with all its pods there."""
    status = {
        "observedGeneration": changed.get("observed", 1),
        "replicas": changed.get("total", wanted),
        "updatedReplicas": changed.get("updated", wanted),
        "readyReplicas": ready,
        "conditions": changed.get("conditions", []),
    }
    return {"metadata": {"name": "small", "generation": 1}, "spec": {"replicas": wanted}, "status": status}
