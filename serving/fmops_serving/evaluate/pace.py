"""How many requests may be on their way: one more now and then while an endpoint answers, half when it is busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Pace:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989), as TCP avoids congestion.

    It begins with `most`. An answer raises the limit by one for as many answers as the limit says; a busy endpoint
    halves it, once for all requests that were sent before: they all met the same crowd.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._flying = 0
        self._sent = 0
        self._cut_after = 0
        self._room = asyncio.Condition()

    @property
    def limit(self) -> int:
        """Say how many may be on their way now; at least one."""
        return int(self._limit)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Wait for room, and hold it while a request is on its way; gives the request's number."""
        async with self._room:
            await self._room.wait_for(lambda: self._flying < self.limit)
            self._flying += 1
            self._sent += 1
            number = self._sent
        try:
            yield number
        finally:
            self._flying -= 1
            async with self._room:
                # Two: the one whose room this was, and one more where the limit has grown.
                self._room.notify(2)

    def answered(self) -> None:
        """Take note that the endpoint answered."""
        self._limit = min(float(self._most), self._limit + 1 / self._limit)

    def busy(self, number: int) -> None:
        """Take note that the endpoint was too busy for the request of this number."""
        if number > self._cut_after:
            self._limit = max(1.0, self._limit / 2)
            self._cut_after = self._sent
