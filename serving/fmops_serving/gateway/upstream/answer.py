"""The answer of a backend, and where a streamed one goes."""

from typing import Protocol

from fmops_serving.gateway.exchange import Headers
from fmops_serving.gateway.upstream.fault import UpstreamFault


class Sink(Protocol):
    """Where a streamed answer goes, piece by piece."""

    def feed(self, data: bytes) -> None:
        """Take a piece."""

    def finish(self) -> None:
        """Take note that all came."""

    def fail(self, fault: UpstreamFault) -> None:
        """Take note that no more comes."""


class Giver(Protocol):
    """The connection that an answer comes over."""

    def gives(self, answer: "Answer") -> bool:
        """Say whether this answer is the one on its way."""

    def relay(self, sink: Sink) -> None:
        """Give what came and what comes to a sink."""

    def pause(self) -> None:
        """Read no further for now."""

    def resume(self) -> None:
        """Read on."""

    def drop(self) -> None:
        """Close at once."""


class Answer:
    """The answer of a backend: whole, or a stream that is read by `relay`."""

    __slots__ = ("_connection", "body", "headers", "status", "streamed")

    def __init__(self, connection: Giver, status: int, headers: Headers, *, streamed: bool) -> None:
        """Come over a connection."""
        self._connection = connection
        self.status = status
        self.headers = headers
        self.streamed = streamed
        self.body = b""

    def relay(self, sink: Sink) -> None:
        """Give what comes to a sink, from the first piece on."""
        self._connection.relay(sink)

    def pause(self) -> None:
        """Read no further for now."""
        if self._connection.gives(self):
            self._connection.pause()

    def resume(self) -> None:
        """Read on."""
        if self._connection.gives(self):
            self._connection.resume()

    def cancel(self) -> None:
        """Close the connection when the answer has not ended: an engine then stops to generate."""
        if self._connection.gives(self):
            self._connection.drop()
