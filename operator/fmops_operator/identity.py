"""Who this replica is and where it belongs."""

import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from fmops_operator.settings import Settings

_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True)
class Identity:
    """The name in the Lease and in Events, and the namespaces of the Lease and of the work."""

    name: str
    lease_namespace: str
    watched: tuple[str, ...]
    """Namespaces whose objects we look after; all when empty."""

    @classmethod
    def of(cls, settings: Settings) -> "Identity":
        """Fill in what the settings leave open."""
        # A chance part: a process that was killed and one that takes its place must never take each other for itself.
        name = settings.identity or f"{socket.gethostname()}-{secrets.token_hex(3)}"
        watched = tuple(sorted({each.strip() for each in settings.namespaces.split(",")} - {""}))
        return cls(name, settings.lease_namespace or _own_namespace(), watched)


def _own_namespace() -> str:
    try:
        return _OWN_NAMESPACE.read_text().strip()
    except OSError:
        return "default"
