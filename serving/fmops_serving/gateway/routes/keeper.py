"""When the kept copy of routes is written, and when it is served: at once on a change, and until somebody answers."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fmops_api.route import MODEL_ROUTE, PROMPTS_ROUTE
from fmops_serving.gateway.routes.collection import Collection
from fmops_serving.gateway.routes.kept import Copy, Lines, Unusable
from fmops_serving.gateway.routes.watch import Unreadable

LOG = logging.getLogger(__name__)
EVERY = 1.0
"""Seconds between two writes: in a busy cluster some pod always comes or goes."""
PATIENCE = 5.0
"""Seconds for which the API server is waited for before the copy is served; one that refuses is not waited for."""

_WHAT = {MODEL_ROUTE: "routes", PROMPTS_ROUTE: "catalogues"}


class Keeper:
    """Keeps one copy, and puts it in force where the API server says nothing."""

    def __init__(
        self, copy: Copy, recalled: Callable[[float], None], every: float = EVERY, patience: float = PATIENCE
    ) -> None:
        """Keep `copy`; `recalled` hears, before it comes into force, at which Unix time it was last confirmed."""
        self._copy, self._recalled, self._every, self._patience = copy, recalled, every, patience
        self._collections: Mapping[str, Collection[Any]] = {}
        self._lines: dict[str, Lines] = {}
        self._stale = False
        """Whether the copy says something else than the API server did."""
        self._trouble = ""
        self._confirmed = time.time()
        self._due = asyncio.Event()

    async def begin(self, collections: Mapping[str, Collection[Any]]) -> None:
        """Give each collection what the copy holds of it; one that cannot be used is named in the log and ignored."""
        self._collections = collections
        try:
            found = await asyncio.to_thread(self._copy.read)
            if found is None:
                return
            held = {kind: collections[kind].read(found.objects[kind]) for kind in collections.keys() & found.objects}
        except (Unusable, Unreadable) as fault:
            LOG.warning("the kept copy of routes in %s is ignored: %s", self._copy.folder, fault)
            return
        self._confirmed = found.confirmed
        for kind, objects in held.items():
            self._lines[kind] = tuple(sorted(each.line for each in objects.values()))
            collections[kind].recall(objects, partial(self._tell, kind, found.confirmed))

    async def wait(self) -> None:
        """Put the copy in force where the API server keeps silent; where it refuses, that is done at once."""
        await asyncio.sleep(self._patience)
        for each in self._collections.values():
            each.fall_back()

    def take(self, kind: str, lines: Lines) -> None:
        """Take what the copy is to hold of a kind."""
        if self._lines.get(kind) != lines:
            self._lines[kind], self._stale = lines, True
            self._due.set()

    def confirmed(self) -> None:
        """Hear that the API server says that routes are as they are known."""
        self._confirmed = time.time()
        self._due.set()

    async def run(self) -> None:
        """Bring the copy up to date, for ever; serving never waits for a disk."""
        while True:
            await self._due.wait()
            self._due.clear()
            stale, self._stale = self._stale, False
            try:
                await asyncio.to_thread(self._store, stale, dict(self._lines), self._confirmed)
            except OSError as error:
                self._stale = True
                self._note(error.strerror or type(error).__name__)
            else:
                self._note("")
            await asyncio.sleep(self._every)

    def _store(self, stale: bool, lines: Mapping[str, Lines], confirmed: float) -> None:
        if not stale:
            with suppress(FileNotFoundError):
                self._copy.confirm(confirmed)
                return
        self._copy.write(lines, confirmed)

    def _tell(self, kind: str, confirmed: float, count: int) -> None:
        """Say that a copy comes into force."""
        since = datetime.fromtimestamp(confirmed, UTC)
        words = "%d %s are served from the copy in %s, which the API server last confirmed at %s"
        LOG.warning(words, count, _WHAT[kind], self._copy.folder, f"{since:%Y-%m-%dT%H:%M:%SZ}")
        if kind == MODEL_ROUTE:
            self._recalled(confirmed)

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            LOG.warning(
                "no copy of routes can be kept in %s: %s; they are served all the same", self._copy.folder, trouble
            )
        elif self._trouble and not trouble:
            LOG.info("a copy of routes is kept in %s again", self._copy.folder)
        self._trouble = trouble
