"""How toxic a streamed answer is as a whole, when its looks are awaited."""

from collections.abc import Callable

from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.awaitedevents import AwaitedEvents
from fmops_serving.gateway.screen.scores import Scores, noting


class AwaitedGathering:
    """A screen of a stream that tells the answer's highest score, once, when all of it was looked at."""

    def __init__(self, screen: AwaitedEvents, tell: Callable[[float], None]) -> None:
        """Gather from `screen`."""
        self._screen = screen
        self._tell = tell
        self._scores: Scores = []

    @property
    def stopped(self) -> bool:
        """Say whether a rail ended the answer."""
        return self._screen.stopped

    @property
    def holds(self) -> bool:
        """Say whether text waits."""
        return self._screen.holds

    @property
    def refusal(self) -> Refusal | None:
        """Say what is wrong, when the answer ended because it could not be screened."""
        return self._screen.refusal

    @property
    def unsettled(self) -> bool:
        """Say whether anything came that was not looked at."""
        return self._screen.unsettled

    @property
    def size(self) -> int:
        """Say how many bytes wait."""
        return self._screen.size

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the answer; gives what may leave already."""
        with noting(self._scores):
            return self._screen.feed(data)

    def finish(self) -> bytes:
        """Take note that all came; gives what may leave already."""
        with noting(self._scores):
            return self._screen.finish()

    async def settle(self) -> None:
        """Look at all that came."""
        with noting(self._scores):
            await self._screen.settle()

    def released(self) -> bytes:
        """Give what may leave after a look."""
        return self._screen.released()

    def end(self) -> None:
        """Take note that the answer ended."""
        self._screen.end(self._told)

    def cancel(self) -> None:
        """Take note that nobody waits for the answer any more."""
        self._screen.cancel()

    def _told(self) -> None:
        if self._scores:
            self._tell(max(self._scores))
