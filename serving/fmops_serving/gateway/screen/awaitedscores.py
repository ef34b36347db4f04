"""How toxic a streamed answer is as a whole, when its looks are awaited."""

from collections.abc import Callable

from fmops_serving.gateway.screen.awaitedevents import AwaitedEvents
from fmops_serving.gateway.screen.scores import Gathering, noting


class AwaitedGathering(Gathering):
    """A screen of a stream that tells the answer's highest score, once, when all of it was looked at."""

    def __init__(self, screen: AwaitedEvents, tell: Callable[[float], None]) -> None:
        """Gather from `screen`."""
        super().__init__(screen, tell)
        self._awaited = screen

    @property
    def unsettled(self) -> bool:
        """Say whether anything came that was not looked at."""
        return self._awaited.unsettled

    @property
    def size(self) -> int:
        """Say how many bytes wait."""
        return self._awaited.size

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the answer; gives what may leave already."""
        with noting(self._scores):
            return self._awaited.feed(data)

    def finish(self) -> bytes:
        """Take note that all came; gives what may leave already."""
        with noting(self._scores):
            return self._awaited.finish()

    async def settle(self) -> None:
        """Look at all that came."""
        with noting(self._scores):
            await self._awaited.settle()

    def released(self) -> bytes:
        """Give what may leave after a look."""
        return self._awaited.released()

    def end(self) -> None:
        """Take note that the answer ended."""
        self._awaited.end(self._told)

    def cancel(self) -> None:
        """Take note that nobody waits for the answer any more."""
        self._awaited.cancel()
