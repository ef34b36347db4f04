"""How toxic a request or an answer is as a whole: the highest score of all looks at its texts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType

from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.events import EventScreen

Scores = list[float]
_SCORES: ContextVar[Scores | None] = ContextVar("scores", default=None)


def note(score: float) -> None:
    """Take the score of a look at a text, for whoever gathers."""
    scores = _SCORES.get()
    if scores is not None:
        scores.append(score)


class Gathered:
    """A context that tells the highest score of the looks within; nothing where none was made."""

    __slots__ = ("_scores", "_tell", "_token")

    def __init__(self, tell: Callable[[float], None]) -> None:
        """Tell it to `tell`."""
        self._tell = tell
        self._scores: Scores = []

    def __enter__(self) -> None:
        """Begin to gather."""
        self._token: Token[Scores | None] = _SCORES.set(self._scores)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Tell."""
        _SCORES.reset(self._token)
        if self._scores:
            self._tell(max(self._scores))


@contextmanager
def noting(scores: Scores) -> Iterator[None]:
    """Put the scores of the looks within into a list; also of those that are awaited, and of tasks that they make."""
    token = _SCORES.set(scores)
    try:
        yield
    finally:
        _SCORES.reset(token)


class Gathering:
    """A screen of a stream that tells the answer's highest score, once, at its end."""

    def __init__(self, screen: EventScreen, tell: Callable[[float], None]) -> None:
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

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the answer."""
        token = _SCORES.set(self._scores)
        try:
            return self._screen.feed(data)
        finally:
            _SCORES.reset(token)
            if self._screen.stopped:
                self._told()

    def finish(self) -> bytes:
        """Take note that all came."""
        token = _SCORES.set(self._scores)
        try:
            return self._screen.finish()
        finally:
            _SCORES.reset(token)
            self._told()

    def _told(self) -> None:
        if self._scores:
            self._tell(max(self._scores))
            self._scores = []
