"""An answer to a client: whole, or in pieces as they come."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Protocol

from fmops_serving.gateway.refusal import Refusal

HeaderLines = Iterable[tuple[str, str]]
_JSON = "application/json"


def _line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\n"


_LINES = {status.value: _line(status.value) for status in HTTPStatus}


class Wire(Protocol):
    """Where an answer goes, such as a transport."""

    def write(self, data: bytes) -> None:
        """Send bytes; what a client does not read is kept."""


class House(Protocol):
    """Whose answer it is."""

    @property
    def date(self) -> str:
        """The Date header's line."""

    @property
    def draining(self) -> bool:
        """Whether connections end with the answers that they wait for, whatever was agreed before."""


class Reply:
    """The answer to one request. `send` once, or `start`, any number of `write`, `end`.

    What was started goes out with the first piece, or with the end: one write for both, and one packet.
    """

    __slots__ = (
        "_begun",
        "_house",
        "_request_id",
        "_wire",
        "chunked",
        "ended",
        "head_only",
        "headers",
        "keep_alive",
        "on_pause",
        "on_resume",
        "status",
    )

    def __init__(self, wire: Wire, house: House, request_id: str) -> None:
        """Answer a request of HTTP/1.1, and end the connection with it unless `keep_alive` is set."""
        self._wire = wire
        self._house = house
        self._request_id = request_id
        self._begun = b""
        """A head that waits for the first piece."""
        self.keep_alive = False
        self.head_only = False
        """Whether the client wants no more than the head."""
        self.chunked = True
        """Whether the client knows chunks; one that does not is sent all until the connection ends."""
        self.status = 0
        """Of the answer; 0 until it began."""
        self.ended = False
        self.headers: HeaderLines = ()
        """Headers that go with whatever is answered."""
        self.on_pause: Callable[[], None] | None = None
        """Called when the client does not read as fast as the answer comes, and `on_resume` when it does again."""
        self.on_resume: Callable[[], None] | None = None

    @property
    def started(self) -> bool:
        """Say whether anything was sent."""
        return self.status != 0

    def send(self, status: int, body: bytes, content_type: str = _JSON, headers: HeaderLines = ()) -> None:
        """Send an answer as a whole."""
        self.status, self.ended = status, True
        head = self._head(status, content_type, headers, f"content-length: {len(body)}\r\n")
        self._wire.write(head if self.head_only else head + body)

    def refuse(self, refusal: Refusal) -> None:
        """Say why there is no answer."""
        self.send(refusal.status, refusal.body(), headers=refusal.headers)

    def start(self, status: int, content_type: str, headers: HeaderLines = ()) -> None:
        """Begin an answer whose length is not known."""
        self.status = status
        if not self.chunked:
            self.keep_alive = False
        framing = "transfer-encoding: chunked\r\n" if self.chunked else ""
        self._begun = self._head(status, content_type, headers, framing)

    def write(self, data: bytes) -> None:
        """Send a piece; an empty one is none."""
        if data and not self.ended and not self.head_only:
            piece = b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data
            self._wire.write(self._after_head(piece) if self._begun else piece)

    def end(self) -> None:
        """End an answer that came in pieces."""
        if not self.ended:
            self.ended = True
            last = self._after_head(b"0\r\n\r\n" if self.chunked and not self.head_only else b"")
            if last:
                self._wire.write(last)

    def _after_head(self, piece: bytes) -> bytes:
        """Put the head before a piece where it has not gone out yet."""
        begun, self._begun = self._begun, b""
        return begun + piece

    def _head(self, status: int, content_type: str, headers: HeaderLines, framing: str) -> bytes:
        house, more = self._house, ""
        if self.headers or headers:
            more = "".join([f"{name}: {value}\r\n" for name, value in (*self.headers, *headers)])
        if house.draining:
            self.keep_alive = False
        if not self.keep_alive:
            more += "connection: close\r\n"
        about = f"content-type: {content_type}\r\nx-request-id: {self._request_id}\r\n{more}{framing}"
        return f"{_LINES.get(status) or _line(status)}{house.date}{about}\r\n".encode("latin-1", "replace")
