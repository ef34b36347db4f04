"""What comes over a connection to a backend, read as answers: plain ones by native code, any other by the parser."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from httptools import HttpParserError, HttpResponseParser

from fmops_serving.gateway.exchange import Headers
from fmops_serving.gateway.upstream.fault import Cause
from fmops_serving.gateway.upstream.plain import read_plain

if TYPE_CHECKING:
    import fmops_native

_HEAD_OF_CHUNKS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
"""Says to the parser what the head of any stream that is read here says of what follows."""


class Taker(Protocol):
    """Whoever takes what is read."""

    def on_message_begin(self) -> None:
        """Take note that the parser sees an answer begin."""

    def on_head(self, status: int, headers: Headers) -> None:
        """Take a head; one that comes again, or of an answer that nobody asked for, is none."""

    def on_body(self, body: bytes) -> None:
        """Take a piece of the answer."""

    def on_whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Take an answer that came in one piece, after which another request may follow."""

    def on_end(self, *, lasts: bool) -> None:
        """Take note that the answer ended, and whether another request may follow."""

    def on_fault(self, cause: Cause) -> None:
        """Take note that nobody can read on."""


class AnswerReader:
    """Reads answers, one after another. The parser goes on wherever one turns out not to be plain."""

    def __init__(self, taker: Taker) -> None:
        """Tell `taker` what is read."""
        self._taker = taker
        self.on_message_begin, self.on_body = taker.on_message_begin, taker.on_body
        self._parser = HttpResponseParser(self)
        self._headers: Headers = {}
        self._left = 0
        """Bytes of the body that are still to come of a plain answer that says its length."""
        self._chunks: fmops_native.Chunks
        """Reads the chunks of a plain stream."""
        self.read: Callable[[bytes], None] = self._read_first

    def expect(self) -> None:
        """Begin with what comes next."""
        self._headers, self.read = {}, self._read_first

    def _read_first(self, data: bytes) -> None:
        """Read what an answer begins with."""
        plain = read_plain(data)
        if plain is None:
            self._parse_on(data)
            return
        status, headers, framing, body = plain
        if not isinstance(framing, int):
            self._chunks, self.read = framing, self._read_chunks
        elif len(body) < framing:
            self._left, self.read = framing, self._read_rest
        else:
            self._taker.on_whole(status, headers, body)
            return
        self._taker.on_head(status, headers)
        if body:
            self.read(body)

    def _read_rest(self, data: bytes) -> None:
        """Read what came of the body of an answer that says its length; what comes after it was not asked for."""
        size, more = self._left, len(data)
        self._left -= min(size, more)
        self._taker.on_body(data[:size])
        if more >= size:
            self._end(data[size:])

    def _read_chunks(self, data: bytes) -> None:
        """Read what came of chunks."""
        body = self._chunks.read(data)
        if body is None:
            self._stop_reading(self._chunks, *self._chunks.stopped)
        elif body:
            self.on_body(body)

    def _stop_reading(self, chunks: "fmops_native.Chunks", body: bytes, left: bytes) -> None:
        """Go on where native code stops: where the chunks end, are broken or are not plain."""
        if body:
            self.on_body(body)
        if chunks.ended:
            self._end(left)
        elif chunks.broken:
            self._taker.on_fault(Cause.GARBAGE)
        else:
            self._parse_on(_HEAD_OF_CHUNKS + left)

    def _end(self, left: bytes) -> None:
        """End a plain answer; the parser tells whether what is left is one that nobody asked for."""
        self._taker.on_end(lasts=True)
        if left:
            self._parse_on(left)

    def _parse_on(self, data: bytes) -> None:
        """Let the parser read this, and what comes from now on."""
        self.read = self._parse
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._taker.on_fault(Cause.GARBAGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Tell of the head that the parser read, unless it is an interim one (100). Trailers are not part of it."""
        headers, self._headers = self._headers, {}
        status = self._parser.get_status_code()
        if status >= 200:
            self._taker.on_head(status, headers)

    def on_message_complete(self) -> None:
        """Tell of the end of the answer that the parser read."""
        self._taker.on_end(lasts=self._parser.should_keep_alive())
