"""Keeps our own three kinds in view: kopf watches them, a list now and then catches what a watch can miss."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from kubernetes.aio.client.configuration import Configuration

from fmops_operator.connection import Connection, open_session
from fmops_operator.errors import ClusterError
from fmops_operator.handlers.kopf_shims import KopfThread, Subject
from fmops_operator.manifest import Kind
from fmops_operator.resources import Resource, Resources
from fmops_operator.watch import Heard, Receiver, Scope, list_scope

log = logging.getLogger(__name__)
_SETTLE_SECONDS = 2.0
_RESTART_SECONDS = 2.0


class OurKinds:
    """Runs kopf for our kinds, again and again, and delivers what it sees in the event loop of `run`."""

    def __init__(
        self, connection: Connection, resources: Resources, scopes: Sequence[Scope], receiver: Receiver
    ) -> None:
        self._connection = connection
        self._resources = resources
        self._scopes = scopes
        self._receiver = receiver
        self._relisted = asyncio.Event()
        self.synced = asyncio.Event()
        """Set once the first lists are in."""
        self.trouble = ""
        """Why our kinds are not watched now; empty while they are."""
        self.heard = Heard()

    async def run(self, configuration: Configuration) -> None:
        """Watch for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._list_again())
            while True:
                try:
                    plurals = await self._begin()
                    await self._watch(configuration, plurals)
                    why = "kopf ended"
                except ClusterError as error:
                    why = error.message
                except Exception as error:  # noqa: BLE001 - whatever ended kopf, it is started again
                    why = f"{type(error).__name__}: {error}"
                if why != self.trouble:
                    log.warning("our kinds are not watched now, trying again: %s", why)
                self.trouble = why
                await asyncio.sleep(_RESTART_SECONDS)

    async def _begin(self) -> list[str]:
        """List everything; gives what the kinds are called in URLs. Raises ClusterError, also for a missing CRD."""
        plurals = []
        for scope in self._scopes:
            self._resources.forget(scope.kind)
            plurals.append((await self._list(scope)).plural)
        self.synced.set()
        self.trouble = ""
        return sorted(set(plurals))

    async def _watch(self, configuration: Configuration, plurals: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        namespaces = sorted({scope.namespace for scope in self._scopes if scope.namespace})
        subject = Subject(plurals, namespaces, configuration.host, lambda: open_session(configuration))

        def deliver(kind: str | None, manifest: dict[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, kind, manifest)

        await KopfThread(subject, deliver).run()

    def _take(self, event: str | None, manifest: dict[str, Any]) -> None:
        self.heard.now()
        scope = Scope(Kind(manifest["apiVersion"], manifest["kind"]))
        if event == "DELETED":
            self._receiver.deleted(scope, manifest)
            return
        if event is None:
            self._relisted.set()
        self._receiver.changed(scope, manifest)

    async def _list_again(self) -> None:
        """After kopf listed anew, find what was deleted while it did not watch: it does not tell."""
        while True:
            await self._relisted.wait()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._relisted.clear()
            for scope in self._scopes:
                try:
                    await self._list(scope)
                except ClusterError as error:
                    log.info("cannot list %s: %s", scope.kind.name, error.message)
                    self._relisted.set()

    async def _list(self, scope: Scope) -> Resource:
        resource = await self._resources.need(scope.kind)
        listing = await list_scope(self._connection, resource, scope)
        self._receiver.listed(scope, listing.manifests, int(listing.version))
        self.heard.now()
        return resource
