"""The API server's audit log: the honest counter of who wrote what. It holds every write and no read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITES = ("create", "update", "patch", "delete", "deletecollection")
POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "verbs": list(WRITES)}, {"level": "None"}],
}


@dataclass(frozen=True)
class AuditEvent:
    """One write as the API server saw it, refused ones included (`code` is the HTTP status).

    `resource` is the plural with its subresource, such as `deployments` or `foundationmodels/status`.
    """

    verb: str
    user: str
    agent: str
    resource: str
    namespace: str
    name: str
    code: int
    uri: str
    at: str

    @property
    def dry_run(self) -> bool:
        """Whether nothing was stored on purpose."""
        return "dryRun=All" in self.uri


@dataclass(frozen=True)
class AuditFilter:
    """What to keep: an exact verb, user, resource and namespace, and a part of the user agent. Empty keeps all."""

    verb: str = ""
    user: str = ""
    agent: str = ""
    resource: str = ""
    namespace: str = ""

    def keeps(self, event: AuditEvent) -> bool:
        """Whether the event is asked for."""
        exact = ("verb", "user", "resource", "namespace")
        return self.agent in event.agent and all(
            not getattr(self, field) or getattr(self, field) == getattr(event, field) for field in exact
        )


def parse_event(line: str) -> AuditEvent:
    """One line of the log as an event."""
    raw = json.loads(line)
    target = raw.get("objectRef") or {}
    resource = "/".join(filter(None, (target.get("resource"), target.get("subresource"))))
    return AuditEvent(
        verb=raw["verb"],
        user=raw["user"].get("username", ""),
        agent=raw.get("userAgent", ""),
        resource=resource,
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=(raw.get("responseStatus") or {}).get("code", 0),
        uri=raw["requestURI"],
        at=raw["requestReceivedTimestamp"],
    )


def read_events(log: Path, offset: int = 0) -> Iterator[AuditEvent]:
    """The events from byte `offset` of the log on; a last line that is still being written is left out."""
    if not log.exists():
        return
    with log.open("rb") as lines:
        lines.seek(offset)
        for line in lines:
            if line.endswith(b"\n"):
                yield parse_event(line.decode())
