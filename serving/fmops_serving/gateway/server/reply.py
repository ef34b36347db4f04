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
    """The answer to one request. `send` once, or `start`, any number of `write`, `end`."""

    status = 0
    """Of the answer; 0 until it began."""
    ended = False
    headers: HeaderLines = ()
    """Headers that go with whatever is answered."""
    on_pause: Callable[[], None] | None = None
    """Called when the client does not read as fast as the answer comes, and `on_resume` when it does again."""
    on_resume: Callable[[], None] | None = None

    def __init__(  # noqa: PLR0913 - what a request says of its answer
        self, wire: Wire, house: House, request_id: str, *, keep_alive: bool, head_only: bool, chunked: bool
    ) -> None:
        """`chunked` says whether the client knows chunks; one that does not is sent all until the connection ends."""
        self._wire = wire
        self._house = house
        self._request_id = request_id
        self._head_only = head_only
        self._chunked = chunked
        self.keep_alive = keep_alive

    @property
    def started(self) -> bool:
        """Say whether anything was sent."""
        return self.status != 0

    def send(self, status: int, body: bytes, content_type: str = _JSON, headers: HeaderLines = ()) -> None:
        """Send an answer as a whole."""
        self.status, self.ended = status, True
        head = self._head(status, content_type, headers, f"content-length: {len(body)}\r\n")
        self._wire.write(head if self._head_only else head + body)

    def refuse(self, refusal: Refusal) -> None:
        """Say why there is no answer."""
        self.send(refusal.status, refusal.body(), headers=refusal.headers)

    def start(self, status: int, content_type: str, headers: HeaderLines = ()) -> None:
        """Begin an answer whose length is not known."""
        self.status = status
        if not self._chunked:
            self.keep_alive = False
        framing = "transfer-encoding: chunked\r\n" if self._chunked else ""
        self._wire.write(self._head(status, content_type, headers, framing))

    def write(self, data: bytes) -> None:
        """Send a piece; an empty one is none."""
        if data and not self.ended and not self._head_only:
            self._wire.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        """End an answer that came in pieces."""
        if not self.ended:
            self.ended = True
            if self._chunked and not self._head_only:
                self._wire.write(b"0\r\n\r\n")

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
