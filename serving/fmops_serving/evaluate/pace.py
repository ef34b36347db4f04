"""How many requests may be on their way: one more now and then while an endpoint answers, half when it is busy."""

import asyncio
from collections import deque
from collections.abc import Callable

from fmops_api.evaluationplan import origin


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
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.held_until = 0.0
        """Nobody asks before, on the clock of `monotonic`: the endpoint said how long it is busy."""

    @property
    def limit(self) -> int:
        """Say how many may be on their way now; at least one."""
        return int(self._limit)

    def enter(self) -> int:
        """Hold room for a request until `leave`, if there is some; gives the request's number, or 0.

        Who came first goes first: one that asks again and again stands behind those that wait.
        """
        if self._waiting or self._flying >= self.limit:
            return 0
        self._flying += 1
        self._sent += 1
        return self._sent

    async def wait(self) -> int:
        """Wait for room for a request, and hold it until `leave`; gives the request's number."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():
                self.leave()  # let in and told to stop in the same moment
            raise
        self._sent += 1
        return self._sent

    def leave(self) -> None:
        """Give the room back."""
        self._flying -= 1
        while self._waiting and self._flying < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._flying += 1
                turn.set_result(None)

    def answered(self) -> None:
        """Take note that the endpoint answered."""
        self._limit = min(float(self._most), self._limit + 1 / self._limit)

    def busy(self, number: int) -> None:
        """Take note that the endpoint was too busy for the request of this number."""
        if number > self._cut_after:
            self._limit = max(1.0, self._limit / 2)
            self._cut_after = self._sent


class Paces:
    """One pace an address, whoever asks there: candidates, steps and judges of this process take turns as they come.

    `sharers` says how many processes may ask an address at the same time, each of which keeps to an equal part.
    """

    def __init__(self, sharers: Callable[[str], int] = lambda _: 1) -> None:
        self._sharers = sharers
        self._paces: dict[str, Pace] = {}

    def at(self, url: str, most: int) -> Pace:
        """Give the pace at the address of a URL, where `most` requests may be on their way in all."""
        return self._paces.setdefault(origin(url), Pace(max(1, most // max(1, self._sharers(url)))))
