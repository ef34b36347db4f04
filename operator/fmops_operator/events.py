"""Kubernetes Events about our objects: few, de-duplicated, and never in the way of the work."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from fmops_api.reasons import ConditionType, EvaluationRunReason, FoundationModelReason, PromptCatalogReason
from fmops_operator.cache import place_of
from fmops_operator.connection import Request
from fmops_operator.errors import ClusterError
from fmops_operator.manifest import Manifest
from fmops_operator.world import Note

log = logging.getLogger(__name__)
WINDOW_SECONDS = 600.0
MOST_REMEMBERED = 4096
_CALM = frozenset(
    {
        FoundationModelReason.ENGINE_PROGRESSING,
        FoundationModelReason.NO_REPLICAS,
        PromptCatalogReason.RESOLVING,
        EvaluationRunReason.RUNNING,
        EvaluationRunReason.SUSPENDED,
        EvaluationRunReason.QUEUED,
        EvaluationRunReason.UNDECIDED,
        EvaluationRunReason.CATALOG_NOT_READY,
        EvaluationRunReason.CANDIDATE_NOT_READY,
    }
)
"""Reasons for not being Ready that are part of the way."""
LONGEST_MESSAGE = 1024  # more is refused by the API server


class Said(NamedTuple):
    """What makes two Events the same."""

    uid: str
    reason: str
    message: str
    warning: bool


class Sender(Protocol):
    """Sends requests to the API server, as a Connection does."""

    async def send(self, request: Request) -> Any:
        """Send one request and give the answer. Raises ClusterError."""
        ...


class Recorder:
    """Posts Events. The same about the same object within ten minutes is posted once."""

    def __init__(self, connection: Sender, reporter: str, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._reporter = reporter
        self._now = now
        self._said: OrderedDict[Said, float] = OrderedDict()

    async def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Tell of a change of the Ready condition, if there was one."""
        note = ready_note(before.get("status") or {}, after.get("status") or {})
        if note:
            await self.note(after, note)

    async def note(self, about: Mapping[str, Any], note: Note) -> None:
        """Post an Event about an object; a failure is logged and goes no further."""
        said = Said(about["metadata"]["uid"], note.reason, note.message, note.warning)
        if not self._is_new(said):
            return
        path = f"/apis/events.k8s.io/v1/namespaces/{place_of(about)[0]}/events"
        try:
            await self._connection.send(Request("POST", path, body=self._event(about, note), seconds=10))
        except ClusterError as error:
            log.info("an Event was not posted: %s", error.message)

    def _is_new(self, said: Said) -> bool:
        at = time.monotonic()
        last = self._said.get(said)
        if last is not None and at - last < WINDOW_SECONDS:
            return False
        self._said[said] = at
        self._said.move_to_end(said)
        while len(self._said) > MOST_REMEMBERED:
            self._said.popitem(last=False)
        return True

    def _event(self, about: Mapping[str, Any], note: Note) -> Manifest:
        namespace, name = place_of(about)
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"generateName": f"{name[:200]}-", "namespace": namespace},
            "eventTime": self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "type": "Warning" if note.warning else "Normal",
            "reason": note.reason,
            "note": note.message.encode()[:LONGEST_MESSAGE].decode(errors="ignore"),
            "action": "Reconcile",
            "reportingController": "fmops.dev/operator",
            "reportingInstance": self._reporter[:128],
            "regarding": {
                "apiVersion": about["apiVersion"],
                "kind": about["kind"],
                "namespace": namespace,
                "name": name,
                "uid": about["metadata"]["uid"],
                "resourceVersion": about["metadata"].get("resourceVersion", ""),
            },
        }


def ready_note(before: Mapping[str, Any], after: Mapping[str, Any]) -> Note | None:
    """Say how Ready changed; None when neither its status nor its reason did. Pure."""
    old, new = _condition(before, ConditionType.READY), _condition(after, ConditionType.READY)
    if (old.get("status"), old.get("reason")) == (new.get("status"), new.get("reason")) or not new:
        return None
    return Note(new["reason"], new.get("message", ""), warning=new["status"] != "True" and new["reason"] not in _CALM)


def _condition(status: Mapping[str, Any], kind: ConditionType) -> Mapping[str, Any]:
    return next((each for each in status.get("conditions") or () if each["type"] == str(kind)), {})
