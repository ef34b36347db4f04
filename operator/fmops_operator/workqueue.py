"""The queue of objects to look at: no duplicates, one look at an object at a time, back-off for those that fail."""

import asyncio
import heapq
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from fmops_operator.errors import ClusterError, Conflict, NotLeading
from fmops_operator.manifest import Key

log = logging.getLogger(__name__)
Look = Callable[[Key], Awaitable[float | None]]
"""Looks at one object; gives the seconds until the next look, None when it is gone."""


@dataclass(frozen=True)
class Pace:
    """How long to wait, in seconds."""

    resync: float = 600.0
    first_retry: float = 0.5
    longest_retry: float = 300.0
    burst: float = 0.4
    spread: float = 0.2
    """Share of a wait that is left to chance, so that objects do not move in step."""

    def retry(self, failures: int, asked: float | None) -> float:
        """Give the wait after so many failures in a row; the server's own wish counts when it is longer."""
        wait = min(self.first_retry * 2.0 ** min(failures - 1, 30), self.longest_retry)
        return self.jitter(max(wait, asked or 0.0))

    def jitter(self, wait: float) -> float:
        """Lengthen a wait by chance."""
        return wait * random.uniform(1.0, 1.0 + self.spread)  # noqa: S311 - spreads load, hides nothing


class Queue:
    """Keys waiting, at work, and due later. For one event loop; not for other threads."""

    def __init__(self, look: Look, pace: Pace) -> None:
        self._look = look
        self._pace = pace
        self._ready: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._busy: set[Key] = set()
        self._again: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers = Timers(self.add)
        self._open = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._again)

    def start(self, keys: Iterable[Key]) -> None:
        """Look at all of these, and let events come in: this replica leads."""
        self._open = True
        for key in keys:
            self.add(key)

    def stop(self) -> None:
        """Look at nothing more, and forget what waits: another replica leads."""
        self._open = False
        while not self._ready.empty():
            self._ready.get_nowait()
        for each in (self._waiting, self._again, self._failures):
            each.clear()
        self._timers.clear()

    def add(self, key: Key) -> None:
        """Look at the object soon; several calls before the look make one look."""
        if not self._open or key in self._waiting:
            return
        if key in self._busy:
            self._again.add(key)
            return
        self._timers.cancel(key)
        self._waiting.add(key)
        self._ready.put_nowait(key)

    def add_soon(self, key: Key) -> None:
        """Look at the object in a moment: children change in bursts, and one look sees all of a burst."""
        if self._open and key not in self._waiting:
            self._timers.hasten(key, self._pace.burst)

    def forget(self, key: Key) -> None:
        """The object is gone: no further look is due."""
        self._timers.cancel(key)
        self._failures.pop(key, None)

    async def run(self, workers: int) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._timers.run())
            for _ in range(workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = await self._ready.get()
            self._waiting.discard(key)
            self._busy.add(key)
            wait = await self._attempt(key)
            self._busy.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.add(key)
            elif wait is not None and self._open:
                self._timers.hasten(key, wait)

    async def _attempt(self, key: Key) -> float | None:
        """Look once; gives the seconds until the next look, None for never."""
        try:
            wait = await self._look(key)
        except NotLeading:
            return None
        except ClusterError as error:
            return self._failed(key, error)
        except Exception as error:
            log.exception("a fault of this program")
            return self._failed(key, error)
        self._failures.pop(key, None)
        return wait

    def _failed(self, key: Key, error: Exception) -> float:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        wait = self._pace.retry(failures, getattr(error, "retry_after", None))
        # Somebody else was quicker: nothing to worry anybody with.
        level = logging.DEBUG if isinstance(error, Conflict) else logging.WARNING
        log.log(level, "cannot finish, again in %.1f s: %s", wait, error)
        return wait


class Timers:
    """Keys that are due at a time; one task for all of them."""

    def __init__(self, ring: Callable[[Key], None]) -> None:
        self._ring = ring
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._numbers = itertools.count()
        self._changed = asyncio.Event()

    def set(self, key: Key, wait: float) -> None:
        """Ring for the key in `wait` seconds instead of whenever it was due."""
        at = self._due[key] = time.monotonic() + wait
        heapq.heappush(self._heap, (at, next(self._numbers), key))
        if self._heap[0][0] == at:
            self._changed.set()

    def hasten(self, key: Key, wait: float) -> None:
        """Ring for the key in `wait` seconds, or earlier if it is due earlier."""
        due = self._due.get(key)
        if due is None or due > time.monotonic() + wait:
            self.set(key, wait)

    def cancel(self, key: Key) -> None:
        """Do not ring for the key."""
        self._due.pop(key, None)  # its entry in the heap no longer agrees, and is passed over when its time comes

    def clear(self) -> None:
        """Ring for nobody."""
        self._due.clear()
        self._heap.clear()

    async def run(self) -> None:
        """Ring for ever."""
        while True:
            wait = self._heap[0][0] - time.monotonic() if self._heap else None
            if wait is None or wait > 0:
                self._changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait)
                continue
            at, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self._ring(key)
