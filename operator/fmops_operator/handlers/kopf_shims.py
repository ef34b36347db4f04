"""kopf, and everything we use of it: login, and the watches of our own three kinds, as plain events.

No create, update, delete, timer or daemon handlers: they would write kopf's annotations and finalizers on users'
objects, and make a restart write to each of them. kopf runs in a thread of its own: at its end it cancels every task
that was born in its loop after it began. And a watch of its ends for good when it gets an error that kopf does not
know (a 500) or when its CRD is gone; with several at once, kopf then begins to end and never does, so that it neither
watches nor ends (kopf 1.45.2, measured). So we count its watches from outside: when one is missing, kopf is left to
itself and started anew.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import kopf
import uvloop

from fmops_api import GROUP, VERSION
from fmops_operator.cache import trimmed

_GLANCE_SECONDS = 1.0
_BEGINNING_SECONDS = 5.0
"""Time for kopf to look round before its watches are counted."""
_ENDING_SECONDS = 8.0
Deliver = Callable[[str | None, dict[str, Any]], None]
"""Takes the type of an event (ADDED, MODIFIED, DELETED; None for a first listing) and the object."""


@dataclass(frozen=True)
class Subject:
    """What kopf watches, and how it gets in."""

    plurals: Sequence[str]
    namespaces: Sequence[str]
    """Every namespace when empty."""
    server: str
    open_session: Callable[[], aiohttp.ClientSession]


class KopfThread:
    """One run of kopf. It may end by itself; `stop` makes it end."""

    def __init__(self, subject: Subject, deliver: Deliver) -> None:
        self._subject = subject
        self._registry = registry_of(subject, deliver)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()

    async def run(self) -> None:
        """Watch until kopf ends. Raises what kopf ended with."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[BaseException | None] = loop.create_future()

        def tell(error: BaseException | None) -> None:
            if not ended.done():
                ended.set_result(error)

        def body() -> None:
            error = self._watch()
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, error)

        threading.Thread(target=body, name="kopf", daemon=True).start()
        try:
            began = loop.time()
            while not ended.done() and not self._is_deaf(loop.time() - began):
                await asyncio.wait((ended,), timeout=_GLANCE_SECONDS)
        finally:
            self._stop.set()
        # One that does not end by itself is left behind: it delivers nothing any more.
        await asyncio.wait((ended,), timeout=_ENDING_SECONDS)
        error = ended.result() if ended.done() else None
        if error is not None:
            raise error

    def _watch(self) -> BaseException | None:
        namespaces = list(self._subject.namespaces)
        loop = uvloop.new_event_loop()

        @kopf.on.startup(registry=self._registry)
        async def on_startup(**_: Any) -> None:
            self._loop = asyncio.get_running_loop()

        try:
            kopf.run(
                loop=loop,
                registry=self._registry,
                settings=settings_of(),
                standalone=True,
                clusterwide=not namespaces,
                namespaces=namespaces,
                stop_flag=self._stop,
            )
        except Exception as error:  # noqa: BLE001 - handed to whoever started the thread
            return error
        finally:
            loop.close()
        return None

    def _is_deaf(self, running: float) -> bool:
        """Say whether it watches less than it should."""
        if self._loop is None or running < _BEGINNING_SECONDS:
            return False
        wanted = len(self._subject.plurals) * max(1, len(self._subject.namespaces))
        return sum(task.get_name().startswith("watcher for ") for task in asyncio.all_tasks(self._loop)) < wanted


def registry_of(subject: Subject, deliver: Deliver) -> kopf.OperatorRegistry:
    """Make the registry of kopf's handlers."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def on_login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(aiohttp_session=subject.open_session(), server=subject.server)

    for plural in subject.plurals:

        @kopf.on.event(GROUP, VERSION, plural, registry=registry, id=plural)
        async def on_event(event: kopf.RawEvent, **_: Any) -> None:
            deliver(event["type"], trimmed(event["object"]))

    return registry


class NoLastState(kopf.DiffBaseStorage):
    """Remembers no last state of an object: without change handlers kopf would copy each object for nothing."""

    def build(self, **_: Any) -> Any:
        """Give an empty essence."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Know of nothing before."""

    def store(self, **_: Any) -> None:
        """Keep nothing."""


def settings_of() -> kopf.OperatorSettings:
    """Make kopf keep to itself: no Events, no scan for CRDs and namespaces, no last states, no suicide."""
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = NoLastState()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.inactivity_timeout = 120
    settings.networking.request_timeout = 60
    settings.process.ultimate_exiting_timeout = None
    return settings
