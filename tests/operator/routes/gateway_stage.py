"""What an operator writes into a gateway's namespace, as tests read it."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmops_api.route import ROUTE_KEY, ROUTE_LABEL, Route
from tests.cluster.progress import wait_until
from tests.support.api import path_of
from tests.support.model_stage import Theatre

URL = "http://gateway.example/v1"


def digest(text: str) -> str:
    """How a key stands in a route."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True)
class GatewayStage:
    """The operator with its namespace and the gateway's."""

    theatre: Theatre
    namespace: str
    routes: str

    def kept(self, kind: str, what: str, name: str) -> list[dict[str, Any]]:
        """List what is kept for an object of that name."""
        found = self.theatre.api.items(path_of("v1", kind, self.routes), f"{ROUTE_LABEL}={what}")
        return [each for each in found if each["metadata"]["annotations"]["fmops.dev/name"] == name]

    def route(self, name: str) -> Route | None:
        """Read the route of a model."""
        found = self.kept("Secret", "model", name)
        assert len(found) <= 1
        return Route.model_validate_json(base64.b64decode(found[0]["data"][ROUTE_KEY])) if found else None

    def bundles(self, name: str) -> list[str]:
        """Give the digests of the copies that a catalogue has."""
        return [each["metadata"]["annotations"]["fmops.dev/digest"] for each in self.kept("ConfigMap", "prompts", name)]

    def wait_for(self, what: str, name: str, there: Callable[[Route], bool], seconds: float = 60) -> float:
        """Wait for a route that is so; gives the seconds that it took."""
        began = time.monotonic()

        def seen() -> bool:
            found = self.route(name)
            return found is not None and there(found)

        wait_until(f"{what} in the route of {name}; it is {self.route(name)}", seen, seconds=seconds)
        return time.monotonic() - began
