"""Answers kept for a while, each question asked once at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
_SWEEP_AT_LEAST = 1024


class Remembered(Generic[T]):
    """Keeps each answer as long as `keep_seconds` says for it; many who ask the same at once share one asking."""

    def __init__(self, keep_seconds: Callable[[T], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, T]] = {}
        self._asking: dict[Hashable, asyncio.Task[T]] = {}
        self._sweep_at = _SWEEP_AT_LEAST

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Give the remembered answer, else ask for it. Who gives up waiting does not end the asking of the others."""
        known = self._answers.get(key)
        if known and self._clock() < known[0]:
            return known[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(self._ask(key, ask))
        return await asyncio.shield(task)

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await ask()
        finally:
            del self._asking[key]
        self._answers[key] = (self._clock() + self._keep_seconds(answer), answer)
        self._sweep()
        return answer

    def _sweep(self) -> None:
        # Endpoints come and go; what nobody asked for again is dropped, at a cost that is spread over the askings.
        if len(self._answers) < self._sweep_at:
            return
        now = self._clock()
        self._answers = {key: known for key, known in self._answers.items() if now < known[0]}
        self._sweep_at = max(_SWEEP_AT_LEAST, 2 * len(self._answers))
