"""What a dialect does. All of it is pure: bytes in, bytes out."""

from typing import Protocol

from fmops_api.route import Backend
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.upstream.request import Outgoing


class Step(Protocol):
    """A step that a streamed answer goes through on its way to the client."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece; give what may go on."""

    def finish(self) -> bytes:
        """Give what is left when all came."""


class Dialect(Protocol):
    """Translates for backends of one API."""

    def request(self, exchange: Exchange, backend: Backend) -> Outgoing:
        """Write the request. Raises Refusal."""

    def answer(self, exchange: Exchange, status: int, body: bytes) -> tuple[int, bytes]:
        """Read a whole answer."""

    def events(self, exchange: Exchange) -> Step | None:
        """Give what reads a stream; None when it is the OpenAI API's already."""
