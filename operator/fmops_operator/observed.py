"""Typed readings of what the API server gives: Deployments and their pods."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from fmops_operator.manifest import Manifest

ENGINE, CHECK_WEIGHTS = "engine", "check-weights"
"""The containers of a model's pod."""


@dataclass(frozen=True)
class Ended:
    """How a container's run came to its end."""

    exit_code: int
    reason: str
    message: str
    lasted: float | None
    """Seconds from its start to its end, where both are known."""

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None) -> Self | None:
        """Read `state.terminated` or `lastState.terminated`."""
        if not raw:
            return None
        start, end = _time(raw.get("startedAt")), _time(raw.get("finishedAt"))
        lasted = (end - start).total_seconds() if start and end else None
        return cls(int(raw.get("exitCode", 0)), raw.get("reason", ""), raw.get("message", ""), lasted)


@dataclass(frozen=True)
class Container:
    """One container of a pod."""

    name: str
    image: str
    ready: bool
    restarts: int
    waiting: str
    """Reason why it waits; empty when it does not."""
    waiting_message: str
    ended: Ended | None
    """How the present run ended, else how the one before did; None when it never ended."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Read an element of containerStatuses or initContainerStatuses."""
        state, last = raw.get("state") or {}, raw.get("lastState") or {}
        waiting = state.get("waiting") or {}
        return cls(
            name=raw.get("name", ""),
            image=raw.get("image", ""),
            ready=bool(raw.get("ready")),
            restarts=int(raw.get("restartCount", 0)),
            waiting=waiting.get("reason", ""),
            waiting_message=waiting.get("message", ""),
            ended=Ended.of(state.get("terminated")) or Ended.of(last.get("terminated")),
        )


@dataclass(frozen=True)
class Pod:
    """One pod."""

    name: str
    phase: str
    ready: bool
    leaving: bool
    unschedulable: str
    """The scheduler's message when no node has room; else empty."""
    checks: tuple[Container, ...]
    containers: tuple[Container, ...]
    address: str = ""
    """Its IP address; empty while it has none."""

    @classmethod
    def of(cls, raw: Manifest) -> Self:
        """Read a pod."""
        status = raw.get("status") or {}
        conditions = _conditions(status)
        scheduled = conditions.get("PodScheduled", {})
        stuck = scheduled.get("status") == "False" and scheduled.get("reason") in {"Unschedulable", "SchedulingGated"}
        return cls(
            name=raw["metadata"]["name"],
            phase=status.get("phase", "Pending"),
            ready=conditions.get("Ready", {}).get("status") == "True",
            leaving="deletionTimestamp" in raw["metadata"],
            unschedulable=scheduled.get("message", "no node was found") if stuck else "",
            checks=tuple(Container.of(each) for each in status.get("initContainerStatuses") or ()),
            containers=tuple(Container.of(each) for each in status.get("containerStatuses") or ()),
            address=status.get("podIP", ""),
        )


@dataclass(frozen=True)
class Rollout:
    """How far a Deployment has got."""

    current: bool
    """Whether its controller has seen the newest spec."""
    wanted: int
    total: int
    updated: int
    ready: int
    refusal: str
    """Why its pods cannot be created; empty when they can."""
    overdue: bool
    """Whether it has made no progress for longer than its deadline."""

    @classmethod
    def of(cls, raw: Manifest) -> Self:
        """Read a Deployment."""
        status = raw.get("status") or {}
        conditions = _conditions(status)
        failure, progress = conditions.get("ReplicaFailure", {}), conditions.get("Progressing", {})
        return cls(
            current=status.get("observedGeneration", 0) >= raw["metadata"].get("generation", 0),
            wanted=raw["spec"].get("replicas", 1),
            total=status.get("replicas", 0),
            updated=status.get("updatedReplicas", 0),
            ready=status.get("readyReplicas", 0),
            refusal=failure.get("message", "") if failure.get("status") == "True" else "",
            overdue=progress.get("reason") == "ProgressDeadlineExceeded",
        )

    @property
    def complete(self) -> bool:
        """Whether every wanted pod is of the newest spec and ready, and no other is left."""
        return self.current and self.updated == self.ready == self.total == self.wanted


@dataclass(frozen=True)
class WeightsFolder:
    """What the pod's own check found in the folder of the weights."""

    bytes: int
    config: Mapping[str, Any] | None
    """config.json; None when it is too long for a termination message."""

    @classmethod
    def of(cls, pods: Sequence[Pod]) -> Self | None:
        """Read what the newest pod's check handed back; None as long as none has."""
        checks = (check.ended for pod in reversed(pods) for check in pod.checks if check.name == CHECK_WEIGHTS)
        message = next((ended.message for ended in checks if ended and ended.exit_code == 0 and ended.message), "")
        size, _, text = message.partition("\n")
        if not size.isdigit():
            return None
        try:
            config = json.loads(text)
        except ValueError:
            config = None
        return cls(int(size), config if isinstance(config, Mapping) else None)


def scaled_by_others(deployment: Manifest | None, wish: str, annotation: str) -> bool:
    """Say whether somebody set the count through the scale subresource since `wish` was last applied.

    An autoscaler does so, and `kubectl scale`. Their count is left alone until the model's own wish changes.
    """
    if deployment is None or (deployment["metadata"].get("annotations") or {}).get(annotation) != wish:
        return False
    return any(
        entry.get("subresource") == "scale" and "f:replicas" in entry.get("fieldsV1", {}).get("f:spec", {})
        for entry in deployment["metadata"].get("managedFields", ())
    )


def _conditions(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = status.get("conditions") or ()
    return {each.get("type", ""): each for each in found}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
