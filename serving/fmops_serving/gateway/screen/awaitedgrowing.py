"""A text that grows under guard rails that are asked elsewhere."""

from collections.abc import Awaitable, Callable
from functools import partial

from fmops_api.guardrail import Streaming
from fmops_serving.gateway.screen.growing import Growing
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.stream import Stream


class _Pending:
    """What came of a text and was not looked at yet, with its ends: a text may go on after its end was said."""

    __slots__ = ("_parts", "_text", "busy")

    def __init__(self) -> None:
        self._text: list[str] = []
        self._parts: list[str] = []
        self.busy = False

    def __bool__(self) -> bool:
        return self.busy or bool(self._text or self._parts)

    def add(self, text: str) -> None:
        self._text.append(text)

    def end(self) -> None:
        self._parts.append("".join(self._text))
        self._text = []

    def take(self) -> tuple[str, bool]:
        """Give what came up to the first end, and whether it is there."""
        if self._parts:
            return self._parts.pop(0), True
        text, self._text = "".join(self._text), []
        return text, False


class AwaitedGrowing(Growing):
    """Takes pieces at once and has them looked at by `settle`; what leaves at once is looked at by `audit`."""

    __slots__ = ("_auditing", "_holding", "_settled")

    def __init__(self, held: Rails | None, audited: Rails | None, mode: Streaming) -> None:
        """Begin with nothing."""
        super().__init__(held, audited, mode)
        self._holding, self._auditing = _Pending(), _Pending()
        self._settled = 0
        """Characters that the stream was given."""

    @property
    def unsettled(self) -> bool:
        """Say whether there is something for `settle`."""
        return bool(self._holding)

    @property
    def unaudited(self) -> bool:
        """Say whether there is something for `audit`."""
        return bool(self._auditing)

    def feed(self, text: str) -> int:
        """Take a piece; gives where it ends in the text."""
        self._came += len(text)
        if self._audit is not None:
            self._auditing.add(text)
        if self._stream is None:
            self._out += text
            self.let_go = self._came
        else:
            self._ended = False
            self._holding.add(text)
        return self._came

    def finish(self) -> None:
        """Take note that all came."""
        if self._ended:
            return
        self._ended = True
        if self._audit is not None:
            self._auditing.end()
        if self._stream is not None:
            self._holding.end()

    async def settle(self) -> None:
        """Have looked at what came, also meanwhile."""
        if self._stream is not None:
            await _each(self._holding, partial(self._held, self._stream))

    async def audit(self) -> None:
        """Have looked at what left at once."""
        if self._audit is not None:
            await _each(self._auditing, partial(_looked, self._audit))

    async def _held(self, stream: Stream, text: str, ended: bool) -> None:
        self._out += await _looked(stream, text, ended)
        self._settled += len(text)
        self.let_go = self._settled if ended and not stream.stopped_by else stream.left


async def _each(pending: _Pending, look: Callable[[str, bool], Awaitable[object]]) -> None:
    """Look at one part after the other; whoever calls meanwhile leaves it to who is at it."""
    if pending.busy:
        return
    while pending:
        text, ended = pending.take()
        pending.busy = True
        try:
            await look(text, ended)
        finally:
            pending.busy = False


async def _looked(stream: Stream, text: str, ended: bool) -> str:
    """Give what may leave."""
    released = (await stream.afeed(text)).released
    return released + (await stream.afinish()).released if ended else released
