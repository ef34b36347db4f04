"""A list and watch of one kind in one namespace, through anything that the API server does."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import orjson

from fmops_serving.gateway.routes.apiserver import WATCH_SECONDS, ApiServer, Unanswered, refusal_of

LOG = logging.getLogger(__name__)
PAGE = "500"
_FOLLOW = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds. The longest is what a change may wait for once the API server is back."""
_SHORT = 1.0
"""Seconds; a watch that ends sooner and told nothing is a refusal: the API server keeps them for minutes."""
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

    def troubled(self, trouble: str) -> None:
        """Hear what is in the way of all this; an empty text when nothing is."""
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
        self._listed = False

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
            began, told = time.monotonic(), False
            async for line in self._server.follow(self._path, query):
                self._version, told = self._take(line) or self._version, True
                yield
            if not told and time.monotonic() - began < _SHORT:
                raise Unanswered("the API server ends each watch at once")

    async def _list(self) -> str:
        manifests: list[Manifest] = []
        after: dict[str, str] = {}
        while True:
            answer = await self._server.get(self._path, {"limit": PAGE, **self._selector, **after})
            items, token, version = _page(answer)
            manifests += items
            if not token:
                break
            after = {"continue": token}
        self._receiver.listed(manifests)
        self._listed = True
        self._note("")
        return version

    def _take(self, line: bytes) -> str:
        """Hand one event on; gives its version. Raises Unanswered for an event that is an error."""
        try:
            event = orjson.loads(line)
            kind, manifest = event["type"], event["object"]
            if kind == "ERROR":
                raise refusal_of(int(manifest.get("code", 500)), orjson.dumps(manifest))
            version = str(manifest["metadata"].get("resourceVersion", ""))
            if kind != "BOOKMARK":
                manifest["metadata"]["name"]  # what a receiver knows it by
        except ValueError as error:
            raise Unanswered("the watch broke off in the middle of an event") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise Unanswered("what answers in the API server's place gives no events") from error
        self._note("")
        if kind == "DELETED":
            self._receiver.deleted(manifest)
        elif kind != "BOOKMARK":
            self._receiver.changed(manifest)
        return version

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            rest = "the routes before stay in force" if self._listed else "nothing was read yet, and it is tried again"
            LOG.warning("%s; %s", trouble, rest)
        elif self._trouble and not trouble:
            LOG.info("the API server answers again")
        self._trouble = trouble
        self._receiver.troubled(trouble)


def _page(answer: Any) -> tuple[list[Manifest], str, str]:
    """Read a page of a list: what is in it, how to go on, and its version. Raises Unanswered for anything else."""
    try:
        items, metadata = answer["items"] or [], answer["metadata"]
        if all(each["metadata"]["name"] for each in items):
            return items, metadata.get("continue") or "", str(metadata["resourceVersion"])
    except (KeyError, TypeError, AttributeError):
        pass
    raise Unanswered("what answers in the API server's place gives no list")
