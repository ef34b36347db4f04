"""One connection: a request goes out, and httptools takes the response apart as it comes."""

import asyncio
from time import perf_counter
from typing import cast

import httptools

from fmops_serving.http.errors import Broken, HTTPError, Malformed
from fmops_serving.http.lostpeer import notice_loss

MOST_WAITING = 256 * 1024
"""Bytes of a body that wait to be read before the server is told to pause."""
_LARGEST_HEAD = 64 * 1024


class Connection(asyncio.Protocol):
    """One exchange after the other. What is known of the present one stands in the attributes below."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings = self._due = 0.0
        self.lost = self._loop.create_future()
        """Done when the connection is closed."""
        self.idle_since = 0.0
        self.sent = 0.0
        """When the request under way was sent, on the clock of `perf_counter`; 0 before that and between requests."""
        self._busy = False
        self._forget()

    def _forget(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.begun = self.complete = self.kept = self._paused = False
        self.failure: HTTPError | TimeoutError | None = None
        self._pieces: list[bytes] = []
        self._waiting = self._head_length = 0

    @property
    def usable(self) -> bool:
        """Say whether another request may be sent."""
        return self.complete and self.kept and self.failure is None and not self._transport.is_closing()

    def begin(self, limit: float) -> None:
        """Begin an exchange, which may take so many seconds to the end of its response."""
        self._forget()
        self._busy = True
        self.sent = 0.0
        self.prolong(limit)

    def prolong(self, limit: float) -> None:
        """Let the exchange end so many seconds from now at the latest, whatever its limit was."""
        self._due = self._loop.time() + limit
        if self._timer is None or self._rings > self._due:
            self._set_timer()

    def write(self, request: bytes) -> None:
        """Send the request of an exchange, unless the exchange ended while it waited."""
        self.sent = perf_counter()
        if not self._transport.is_closing():
            self._transport.write(request)

    async def read(self) -> bytes:
        """Give what came of the body since the last time, or wait for it; empty at its end.

        Raises HTTPError or TimeoutError.
        """
        while not (pieces := self._pieces):
            if self.complete:
                return b""
            await self.more()
        self._pieces, self._waiting = [], 0
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def rest(self) -> bool:
        """End the exchange; says whether the connection may be used again, and closes it if not."""
        self._busy = False
        self.sent = 0.0
        usable = self.usable
        if usable:
            self.idle_since = self._loop.time()
        else:
            self._transport.abort()
        return usable

    def abort(self) -> None:
        """Close without a word."""
        self._transport.abort()

    def more(self) -> asyncio.Future[None]:
        """Give what is done when something more has come, or can no longer come; raises HTTPError or TimeoutError."""
        if self.failure is not None:
            raise self.failure
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _set_timer(self) -> None:
        self._cancel_timer()
        self._rings = self._due
        self._timer = self._loop.call_at(self._due, self._ring)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        """End an exchange that is due. One timer serves many: it is put off when it rings, not with every request."""
        self._timer = None
        if not self._busy:
            return
        if self._due > self._loop.time():
            self._set_timer()
        else:
            self._expire()

    def _expire(self) -> None:
        self._pieces = []
        self.complete = False
        self._fail(TimeoutError())

    def _fail(self, failure: HTTPError | TimeoutError) -> None:
        self.failure = self.failure or failure
        self._transport.abort()
        self._wake()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        notice_loss(transport)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if not self.sent:
            self._transport.abort()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Malformed())
        if self._waiting > MOST_WAITING and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note of the end, which is also that of a body without a length."""
        if exc is None and self.begun and not self._framed and self.failure is None:
            self.complete = True
        elif not self.complete:
            self.failure = self.failure or Broken()
        self._cancel_timer()
        if not self.lost.done():
            self.lost.set_result(None)
        self._wake()

    @property
    def _framed(self) -> bool:
        return b"content-length" in self.headers or b"transfer-encoding" in self.headers

    def on_message_begin(self) -> None:
        """Refuse a second response to one request."""
        if self.complete:
            raise Malformed

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, or a trailer; of several of the same name the last one."""
        self._head_length += len(name) + len(value)
        if self._head_length > _LARGEST_HEAD:
            raise Malformed
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Take the status; those of 1xx only announce another one."""
        self.status = self._parser.get_status_code()
        self.kept = self._parser.should_keep_alive()
        if self.status < 200:
            self.headers = {}
        elif self.headers.get(b"content-encoding", b"identity") != b"identity":
            raise Malformed
        else:
            self.begun = True

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._pieces.append(body)
        self._waiting += len(body)

    def on_message_complete(self) -> None:
        """Take note that the response is whole."""
        self.complete = self.begun
