"""One watch that never ends: list, follow, and list again when the API server has forgotten where we were."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from fmops_operator.connection import Connection, Request
from fmops_operator.errors import Absent, ClusterError, Expired, Unavailable
from fmops_operator.manifest import Kind, Manifest
from fmops_operator.resources import Resource, Resources
from fmops_operator.responses import error_of

log = logging.getLogger(__name__)
PAGE = 500
STREAM_SECONDS = 300
SILENCE_SECONDS = 120.0  # the server sends a bookmark every minute
LONGEST_PAUSE = 30.0
_FOLLOW = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(STREAM_SECONDS)}
_METADATA = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1,application/json"


@dataclass(frozen=True)
class Scope:
    """What is watched: a kind, narrowed to a label and a namespace, whole or as metadata only."""

    kind: Kind
    label: str = ""
    namespace: str | None = None
    metadata_only: bool = False
    optional: bool = False
    """Whether the API server may lack the kind without the operator being less ready."""

    def typed(self, manifest: Manifest) -> Manifest:
        """Name the kind: items of a list come without, and metadata alone calls itself PartialObjectMetadata."""
        return {**manifest, "apiVersion": self.kind.api_version, "kind": self.kind.name}

    def page(self, resource: Resource, after: str) -> Request:
        """Ask for one page of the list."""
        query = {"limit": str(PAGE), **self._selector(), **({"continue": after} if after else {})}
        return Request("GET", resource.path(self.namespace), query, accept=self._accept("List"), seconds=60.0)

    def follow(self, resource: Resource, version: str) -> Request:
        """Ask for what happens after `version`."""
        query = {**_FOLLOW, **self._selector(), "resourceVersion": version}
        path, accept = resource.path(self.namespace), self._accept("")
        return Request("GET", path, query, accept=accept, seconds=None, silence=SILENCE_SECONDS)

    def _selector(self) -> dict[str, str]:
        return {"labelSelector": self.label} if self.label else {}

    def _accept(self, suffix: str) -> str:
        return _METADATA.format(suffix) if self.metadata_only else "application/json"


@dataclass(frozen=True)
class Listing:
    """A list as of one moment."""

    manifests: list[Manifest]
    version: str


def event_of(line: bytes) -> dict[str, Any]:
    """Read one line of a watch. Raises Unavailable when the connection broke in the middle of it."""
    try:
        event: dict[str, Any] = orjson.loads(line)
    except ValueError as error:
        raise Unavailable("the watch broke off in the middle of an event") from error
    return event


async def list_scope(connection: Connection, resource: Resource, scope: Scope) -> Listing:
    """List page by page. Raises ClusterError."""
    manifests: list[Manifest] = []
    after = ""
    while True:
        answer = await connection.send(scope.page(resource, after))
        manifests += [scope.typed(item) for item in answer["items"] or ()]
        after = answer["metadata"].get("continue") or ""
        if not after:
            return Listing(manifests, str(answer["metadata"]["resourceVersion"]))


class Receiver(Protocol):
    """Takes what a watch delivers, in order."""

    def listed(self, scope: Scope, manifests: list[Manifest], version: int) -> None:
        """Take the whole list: what is not in it is gone."""
        ...

    def changed(self, scope: Scope, manifest: Manifest) -> None:
        """Take a new or changed object."""
        ...

    def deleted(self, scope: Scope, manifest: Manifest) -> None:
        """Take an object as it was when it was deleted."""
        ...


@dataclass
class Heard:
    """When the API server last told us anything, by any watch."""

    at: float = field(default_factory=time.monotonic)

    def now(self) -> None:
        """Note that something was heard."""
        self.at = time.monotonic()


class Watch:
    """A list and watch of one scope, for as long as `run` runs."""

    def __init__(self, connection: Connection, resources: Resources, scope: Scope, receiver: Receiver) -> None:
        self._connection = connection
        self._resources = resources
        self._receiver = receiver
        self.scope = scope
        self.synced = asyncio.Event()
        """Set once the first list is in."""
        self.trouble = ""
        """Why the watch does not run now; empty while it does."""
        self.heard = Heard()

    async def run(self) -> None:
        """List and follow for ever, through anything that the API server does."""
        pause = 0.5
        while True:
            try:
                async for _ in self._turns():
                    pause = 0.5
            except Expired:
                pause = 0.1
            except ClusterError as error:
                self._note(error)
                pause = max(error.retry_after or 0.0, min(pause * 2, LONGEST_PAUSE))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing

    async def _turns(self) -> AsyncIterator[None]:
        """List once, then follow the stream through its ordinary ends; yields at each sign of life."""
        resource = await self._resources.find(self.scope.kind)
        if resource is None:
            raise Absent(f"the API server has no {self.scope.kind.name} of {self.scope.kind.api_version}")
        version = await self._list(resource)
        yield
        while True:
            async for line in self._connection.stream(self.scope.follow(resource, version)):
                version = self._take(event_of(line), version)
                yield

    async def _list(self, resource: Resource) -> str:
        listing = await list_scope(self._connection, resource, self.scope)
        self._receiver.listed(self.scope, listing.manifests, int(listing.version))
        self._well()
        return listing.version

    def _take(self, event: dict[str, Any], version: str) -> str:
        """Hand one event on; gives the version to go on from. Raises ClusterError for an event that is an error."""
        manifest = event["object"]
        if event["type"] == "ERROR":
            raise error_of(manifest.get("code", 500), orjson.dumps(manifest))
        self._well()
        if event["type"] == "DELETED":
            self._receiver.deleted(self.scope, self.scope.typed(manifest))
        elif event["type"] != "BOOKMARK":
            self._receiver.changed(self.scope, self.scope.typed(manifest))
        return str(manifest["metadata"].get("resourceVersion", version))

    def _well(self) -> None:
        self.trouble = ""
        self.heard.now()
        self.synced.set()

    def _note(self, error: ClusterError) -> None:
        if isinstance(error, Absent):
            self._resources.forget(self.scope.kind)
            if self.scope.optional:
                self.synced.set()  # nothing to wait for
        if error.message != self.trouble:
            level = logging.DEBUG if self.scope.optional else logging.WARNING
            log.log(level, "cannot watch %s, trying again: %s", self.scope.kind.name, error.message)
        self.trouble = error.message
