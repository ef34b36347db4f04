"""Where the API server keeps each kind: discovery, remembered."""

import time
from dataclasses import dataclass

from fmops_operator.connection import Connection, Request
from fmops_operator.errors import Absent
from fmops_operator.manifest import Kind

FORGET_ABSENT_SECONDS = 30.0


@dataclass(frozen=True)
class Resource:
    """The address of a kind."""

    api_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """Give the URL path of the collection, of one object or of its subresource; all namespaces when None."""
        root = "/apis/" if "/" in self.api_version else "/api/"
        middle = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        tail = "".join(f"/{part}" for part in (name, subresource) if part)
        return f"{root}{self.api_version}{middle}/{self.plural}{tail}"


class Resources:
    """Kinds that the API server has. What is there is remembered until `forget`; what is not there for 30 s."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, Resource]] = {}
        self._absent_until: dict[Kind, float] = {}

    async def find(self, kind: Kind) -> Resource | None:
        """Give the address of a kind, or None when the API server does not have it. Raises ClusterError."""
        found = self._known.get(kind.api_version, {}).get(kind.name)
        if found is None and time.monotonic() >= self._absent_until.get(kind, 0.0):
            self._known[kind.api_version] = await self._discover(kind.api_version)
            found = self._known[kind.api_version].get(kind.name)
            if found is None:
                self._absent_until[kind] = time.monotonic() + FORGET_ABSENT_SECONDS
        return found

    async def need(self, kind: Kind) -> Resource:
        """Give the address of a kind. Raises Absent when the API server does not have it."""
        found = await self.find(kind)
        if found is None:
            raise Absent(f"the API server has no {kind.name} of {kind.api_version}: is its CRD installed?")
        return found

    def forget(self, kind: Kind) -> None:
        """Ask the server again next time: its CRD may be gone or new."""
        self._known.pop(kind.api_version, None)
        self._absent_until.pop(kind, None)

    async def _discover(self, api_version: str) -> dict[str, Resource]:
        root = "apis" if "/" in api_version else "api"
        try:
            answer = await self._connection.send(Request("GET", f"/{root}/{api_version}"))
        except Absent:
            return {}
        return {
            entry["kind"]: Resource(api_version, entry["name"], entry["namespaced"])
            for entry in answer.get("resources", ())
            if "/" not in entry["name"]
        }
