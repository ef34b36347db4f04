"""A list and watch of one kind in one namespace, through anything that the API server does."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import orjson

from fmops_serving.gateway.routes.apiserver import WATCH_SECONDS, ApiServer, Unanswered, refusal_of

LOG = logging.getLogger(__name__)
PAGE = "500"
_FOLLOW = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
Manifest = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - an object's fault
    """An object that is not what its label says; the message says why."""


class Receiver(Protocol):
    """Takes what a watch delivers, in order."""

    def listed(self, manifests: list[Manifest]) -> None:
        """Take the whole list: what is not in it is gone."""
        ...

    def changed(self, manifest: Manifest) -> None:
        """Take a new or changed object."""
        ...

    def deleted(self, manifest: Manifest) -> None:
        """Take an object as it was when it was deleted."""
        ...


class Watch:
    """Keeps a receiver up to date for as long as `run` runs; while the API server is away, what it has stays."""

    def __init__(
        self,
        server: ApiServer,
        path: str,
        selector: str,
        receiver: Receiver,
        pause: Callable[[float], float] = lambda longest: longest * random.uniform(0.5, 1.0),  # noqa: S311 - spreads load
    ) -> None:
        """Watch the collection at `path`, narrowed to the labels of `selector`."""
        self._server, self._path, self._receiver, self._pause = server, path, receiver, pause
        self._selector = {"labelSelector": selector}
        self._version = ""
        self._trouble = ""

    async def run(self) -> None:
        """List and follow for ever."""
        wait = _FIRST_PAUSE
        while True:
            try:
                async for _ in self._turns():
                    wait = _FIRST_PAUSE
            except Unanswered as error:
                if error.expired:
                    self._version = ""
                self._note(str(error))
                wait = min(wait * 2, _LONGEST_PAUSE)
            await asyncio.sleep(self._pause(wait))

    async def _turns(self) -> AsyncIterator[None]:
        """List unless there is a version to go on from, and follow through ordinary ends; yields at each sign of life.

        A broken watch goes on where it was: a thousand routes are listed once and not at each hiccup of the network.
        """
        if not self._version:
            self._version = await self._list()
            yield
        while True:
            query = {**_FOLLOW, **self._selector, "resourceVersion": self._version}
            async for line in self._server.follow(self._path, query):
                self._version = self._take(line) or self._version
                yield

    async def _list(self) -> str:
        manifests: list[Manifest] = []
        after: dict[str, str] = {}
        while True:
            answer = await self._server.get(self._path, {"limit": PAGE, **self._selector, **after})
            manifests += answer.get("items") or []
            token = answer["metadata"].get("continue")
            if not token:
                break
            after = {"continue": token}
        self._receiver.listed(manifests)
        self._note("")
        return str(answer["metadata"]["resourceVersion"])

    def _take(self, line: bytes) -> str:
        """Hand one event on; gives its version. Raises Unanswered for an event that is an error."""
        try:
            event = orjson.loads(line)
        except ValueError as error:
            raise Unanswered("the watch broke off in the middle of an event") from error
        manifest = event["object"]
        if event["type"] == "ERROR":
            raise refusal_of(int(manifest.get("code", 500)), orjson.dumps(manifest))
        self._note("")
        if event["type"] == "DELETED":
            self._receiver.deleted(manifest)
        elif event["type"] != "BOOKMARK":
            self._receiver.changed(manifest)
        return str(manifest["metadata"].get("resourceVersion", ""))

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            LOG.warning("%s; the routes before stay in force", trouble)
        elif self._trouble and not trouble:
            LOG.info("the API server answers again")
        self._trouble = trouble
