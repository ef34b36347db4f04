"""One connection to a backend, for one request at a time."""

import asyncio
import math
import socket
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpResponseParser

from fmops_serving.gateway.exchange import Headers
from fmops_serving.gateway.upstream.alarm import Alarm
from fmops_serving.gateway.upstream.answer import Answer, Sink
from fmops_serving.gateway.upstream.fault import Cause, UpstreamFault
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.upstream.plain import read_plain
from fmops_serving.http.lostpeer import notice_loss

_EVENTS = "text/event-stream"


class UpstreamConnection(asyncio.Protocol):
    """Sends a request and parses the answer. `free` says whether another request may follow."""

    def __init__(
        self,
        patience: Patience,
        on_free: "Callable[[UpstreamConnection], None]",
        on_lost: "Callable[[UpstreamConnection], None]",
    ) -> None:
        """Wait to be connected; `on_free` is called when an answer ended and another request may follow."""
        self._on_free = on_free
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._answer: Answer | None = None
        self._headers: Headers = {}
        self._parsing = False
        """Whether the parser has seen some of this answer."""
        self._left = 0
        """Bytes of the body that are still to come of a plain answer."""
        self._pieces: list[bytes] = []
        self._size = 0
        self._sink: Sink | None = None
        self._fault: UpstreamFault | None = None
        """What ended a streamed answer before anybody read it."""
        self._alarm = Alarm(self._loop, self._look)
        self._asked = self._heard = 0.0
        self._quiet = 0.0
        """Seconds that may pass in silence."""
        self._ends = math.inf
        """When an answer that is not streamed must be whole."""
        self._paused = False
        self._used = False
        self._complete = True
        self._lasts = True
        """Whether the backend lets the connection go on after this answer."""
        self.free = False
        self.since = 0.0
        """When it became free, on the loop's clock, which is that of `time.monotonic`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)
        if (sock := self._transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        notice_loss(transport)
        self.free = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits. An answer without a length ends well with its connection."""
        self.free, self._transport = False, None
        self._alarm.cancel()
        self._on_lost(self)
        if self._complete:
            return
        if self._answer is not None and exc is None and self._until_closed():
            self.on_message_complete()
        else:
            stale = self._used and self._answer is None and not self._heard
            # Who acknowledges nothing any more is gone: other connections to it are no better.
            self._fail(UpstreamFault(Cause.CLOSED, stale=stale and not isinstance(exc, TimeoutError)))

    def _until_closed(self) -> bool:
        return "content-length" not in self._headers and "transfer-encoding" not in self._headers

    async def ask(self, request: bytes, most: float = math.inf) -> Answer:
        """Send a request; gives the answer when it is whole, or its head when it is streamed. Raises UpstreamFault.

        `most` is how many seconds an answer that is not streamed may take as a whole.
        """
        transport = self._transport
        if not self.free or transport is None or transport.is_closing():
            raise UpstreamFault(Cause.CLOSED, stale=True)
        self.free = self._complete = False
        self._answer = self._sink = self._fault = None
        self._headers, self._pieces, self._size, self._heard = {}, [], 0, 0.0
        self._parsing, self._left = False, 0
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        transport.write(request)
        now = self._asked = self._loop.time()
        self._ends = now + most
        self._watch(now, min(self._patience.first_byte, most))
        try:
            return await waiter
        except asyncio.CancelledError:
            if self._waiter is waiter:
                self.drop()
            raise

    def gives(self, answer: Answer) -> bool:
        """Say whether this answer is the one on its way: after its end the connection may serve another request."""
        return self._answer is answer

    def relay(self, sink: Sink) -> None:
        """Give what came and what comes to a sink."""
        self._sink = sink
        early, self._pieces = self._pieces, []
        for piece in early:
            sink.feed(piece)
        if self._fault is not None:
            sink.fail(self._fault)
        elif self._complete:
            sink.finish()
            self._release()

    def pause(self) -> None:
        """Read no further for now."""
        if self._transport is not None and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and self._paused and not self._transport.is_closing():
            self._paused, self._heard = False, self._loop.time()
            self._transport.resume_reading()

    def drop(self) -> None:
        """Close at once, when an answer is still to come, or came and nobody reads it."""
        if not self.free:
            self._complete = True
            self.close()

    def close(self) -> None:
        """Close."""
        self.free = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._complete:
            self.close()  # a backend that speaks without being asked
            return
        self._heard = self._loop.time()
        if self._left:
            self._take_rest(data)
        elif self._parsing or (plain := read_plain(data)) is None:
            self._parse(data)
        else:
            self._take_plain(*plain)

    def _parse(self, data: bytes) -> None:
        self._parsing = True
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._break_off(Cause.GARBAGE)

    def _break_off(self, cause: Cause) -> None:
        self._fail(UpstreamFault(cause))
        self.close()

    def _take_plain(self, status: int, headers: Headers, size: int, body: bytes) -> None:
        """Take a plain answer, or its head and what came of its body."""
        self._headers = headers
        if len(body) == size <= self._patience.answer:
            self._answer = Answer(self, status, headers, streamed=False)
            self._pieces.append(body)
            self._end(lasts=True)
        else:
            self._left = size
            self._begin(status)
            self._take_rest(body)

    def _take_rest(self, data: bytes) -> None:
        """Take what came of the body of a plain answer; what comes after it was not asked for."""
        size, more = self._left, len(data)
        self._left -= min(size, more)
        if more:
            self.on_body(data[:size])
        if not self._left:
            self._end(lasts=True)
        if more > size:
            self._parse(data[size:])

    def on_message_begin(self) -> None:
        """Close on a second answer to one request: it must not be taken for the next one's."""
        if self._complete:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if not self._complete:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Take the head that the parser read; an interim one (100) is none."""
        status = self._parser.get_status_code()
        if self._complete:
            return
        if status < 200:
            self._headers = {}
        else:
            self._begin(status)

    def _begin(self, status: int) -> None:
        """Begin an answer; a streamed one is given to whoever waits."""
        streamed = status == 200 and self._headers.get("content-type", "").startswith(_EVENTS)
        answer = self._answer = Answer(self, status, self._headers, streamed=streamed)
        if streamed:
            self._give(answer)
        self._watch(self._heard, self._patience.idle)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the answer."""
        if self._complete:
            return
        if self._sink is not None:
            self._sink.feed(body)
            return
        self._size += len(body)
        if self._size > self._patience.answer:
            self._break_off(Cause.TOO_LARGE)
        else:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """End the answer that the parser read."""
        self._end(lasts=self._parser.should_keep_alive())

    def _end(self, *, lasts: bool) -> None:
        """Give the answer, and be free for the next request where the backend allows it."""
        answer = self._answer
        if answer is None or self._complete:
            return
        self._complete, self._lasts = True, lasts
        self._used, self.since = True, self._loop.time()
        if self._sink is not None:
            self._sink.finish()
        elif not answer.streamed:
            pieces = self._pieces
            answer.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._give(answer)
        else:
            return  # its pieces wait here to be read: until then no other request may come
        self._release()

    def _release(self) -> None:
        """Be free for the next request where the backend allows it."""
        if self._transport is not None and self._lasts:
            self.resume()
            self.free = True
            self._on_free(self)
        else:
            self.close()

    def _give(self, answer: Answer) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(answer)

    def _fail(self, fault: UpstreamFault) -> None:
        if self._complete:
            return
        self._complete = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(fault)
        elif self._sink is not None:
            self._sink.fail(fault)
        else:
            self._fault = fault

    def _watch(self, since: float, quiet: float) -> None:
        """Look so many seconds later."""
        self._quiet = quiet
        self._alarm.by(since + quiet)

    def _look(self) -> None:
        """Fail when nothing came for too long; a client that does not read is not the backend's fault."""
        if self._complete:
            return
        now, since = self._loop.time(), self._heard if self._answer is not None else self._asked
        due = (now if self._paused else since) + self._quiet
        ends = self._ends if self._answer is None or not self._answer.streamed else math.inf
        if now < min(due, ends):
            self._alarm.by(min(due, ends))
            return
        quiet = Cause.FIRST_BYTE_TIMEOUT if self._answer is None else Cause.IDLE_TIMEOUT
        self._break_off(Cause.REQUEST_TIMEOUT if now >= ends else quiet)
