"""The relay of a streamed answer that is part of a trace."""

from fmops_serving.gateway.awaitedrelay import AwaitedRelay
from fmops_serving.gateway.relay import Relay
from fmops_serving.gateway.tracing.current import within


class TracedRelay(Relay):
    """Lets looks of rails find their request, and reads what leaves.

    Pieces come in the context of the backend's connection, which an earlier request may have opened.
    """

    def feed(self, data: bytes) -> None:
        """Take a piece."""
        with within(self._exchange.span):
            super().feed(data)

    def finish(self) -> None:
        """Let go of what the steps still hold, and end."""
        with within(self._exchange.span):
            super().finish()

    def _write(self, data: bytes) -> None:
        if self._exchange.span is not None:
            self._exchange.span.answered(data)
        super()._write(data)


class TracedAwaitedRelay(TracedRelay, AwaitedRelay):
    """The same of an answer that is looked at elsewhere; looks begin where pieces come, and so in their context."""
