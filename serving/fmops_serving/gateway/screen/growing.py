"""A text that grows under guard rails."""

from fmops_api.guardrail import Streaming
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.stream import Stream


class Growing:
    """How much of a text came, how much may leave, and what is to leave in its place where some was redacted.

    Audit takes note of what leaves and holds nothing.
    """

    __slots__ = ("_at", "_audit", "_came", "_changed", "_ended", "_out", "_stream", "let_go")

    def __init__(self, held: Rails | None, audited: Rails | None, mode: Streaming) -> None:
        """Begin with nothing."""
        self._stream = Stream(held, mode) if held is not None else None
        self._audit = Stream(audited, Streaming.AUDIT) if audited is not None else None
        self._came = 0
        self._out = ""
        self._at = 0
        """How much of `_out` left already."""
        self._changed = False
        self._ended = False
        self.let_go = 0
        """Characters of the text as it came that may leave."""

    @property
    def stopped_by(self) -> str:
        """Name the rail that ended the text; empty while none did."""
        return self._stream.stopped_by if self._stream is not None else ""

    @property
    def failed(self) -> bool:
        """Say whether the rail that ended the text found nothing: it could not tell."""
        stream = self._stream
        if stream is None or not stream.stopped_by or stream.stopped_by in stream.bypassed:
            return False
        return any(failure.rule == stream.stopped_by for failure in stream.failures)

    def feed(self, text: str) -> int:
        """Take a piece; gives where it ends in the text."""
        self._came += len(text)
        if self._audit is not None:
            self._audit.feed(text)
        stream = self._stream
        if stream is None:
            self._give(text)
            self.let_go = self._came
        else:
            self._ended = False  # a text may go on after its end was said
            self._give(stream.feed(text).released)
            self.let_go = stream.left
        return self._came

    def _give(self, released: str) -> None:
        """Add what may leave; what has left is forgotten."""
        if released:
            self._out, self._at = self._out[self._at :] + released, 0

    def finish(self) -> None:
        """Take note that all came."""
        if self._ended:
            return
        self._ended = True
        if self._audit is not None:
            self._audit.finish()
        if self._stream is not None:
            self._give(self._stream.finish().released)
            self.let_go = self._came if not self._stream.stopped_by else self.let_go

    def take(self, text: str) -> str:
        """Give what leaves in place of a piece.

        Pieces leave as they came until something was redacted; from there each takes all that may leave by then.
        """
        if not self._changed and self._out.startswith(text, self._at):
            self._at += len(text)
            if self._at == len(self._out):
                self._out, self._at = "", 0
            return text
        self._changed = True
        out, self._out, self._at = self._out[self._at :], "", 0
        return out
