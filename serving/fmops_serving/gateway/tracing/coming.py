"""A streamed answer that is part of a trace, so that looks of rails at its pieces find their request.

Pieces come in the context of the backend's connection, which an earlier request may have opened.
"""

from typing import TYPE_CHECKING

from fmops_serving.gateway.relay import Coming
from fmops_serving.gateway.tracing.current import within
from fmops_serving.gateway.upstream.answer import Sink

if TYPE_CHECKING:
    from fmops_serving.gateway.tracing.spans import RequestSpan


class TracedComing:
    """An answer whose pieces come in the context of their request."""

    def __init__(self, answer: Coming, span: "RequestSpan") -> None:
        """Let what `answer` gives be looked at within `span`."""
        self._answer = answer
        self._span = span
        self.pause, self.resume, self.cancel = answer.pause, answer.resume, answer.cancel

    def relay(self, sink: Sink) -> None:
        """Give what comes to a sink."""
        self._answer.relay(_Within(sink, self._span))


class _Within:
    """A sink that takes pieces in the context of a request."""

    def __init__(self, sink: Sink, span: "RequestSpan") -> None:
        self._sink = sink
        self._span = span
        self.fail = sink.fail

    def feed(self, data: bytes) -> None:
        with within(self._span):
            self._sink.feed(data)

    def finish(self) -> None:
        with within(self._span):
            self._sink.finish()
