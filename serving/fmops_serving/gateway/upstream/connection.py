"""One connection to a backend, for one request at a time."""

import asyncio
import math
import socket
from collections.abc import Callable
from typing import cast

from fmops_serving.gateway.exchange import Headers
from fmops_serving.gateway.upstream.alarm import Alarm
from fmops_serving.gateway.upstream.answer import Answer, Sink
from fmops_serving.gateway.upstream.fault import Cause, UpstreamFault
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.upstream.reader import AnswerReader
from fmops_serving.http.lostpeer import notice_loss

_EVENTS = "text/event-stream"


class UpstreamConnection(asyncio.Protocol):
    """Sends a request and takes what is read of its answer. `free` says whether another request may follow."""

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
        self._reader = AnswerReader(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._answer: Answer | None = None
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
        if self._answer is not None and exc is None and _ends_with_connection(self._answer.headers):
            self.on_end(lasts=False)
        else:
            stale = self._used and self._answer is None and not self._heard
            # Who acknowledges nothing any more is gone: other connections to it are no better.
            self._fail(UpstreamFault(Cause.CLOSED, stale=stale and not isinstance(exc, TimeoutError)))

    async def ask(self, request: bytes, most: float = math.inf) -> Answer:
        """Send a request; gives the answer when it is whole, or its head when it is streamed. Raises UpstreamFault.

        `most` is how many seconds an answer that is not streamed may take as a whole.
        """
        transport = self._transport
        if not self.free or transport is None or transport.is_closing():
            raise UpstreamFault(Cause.CLOSED, stale=True)
        self.free = self._complete = False
        self._answer = self._sink = self._fault = None
        self._pieces, self._size, self._heard = [], 0, 0.0
        self._reader.expect()
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
        """Read what came."""
        if self._complete:
            self.close()  # a backend that speaks without being asked
            return
        self._heard = self._loop.time()
        self._reader.read(data)

    def on_message_begin(self) -> None:
        """Close on a second answer to one request: it must not be taken for the next one's."""
        if self._complete:
            self.close()

    def on_head(self, status: int, headers: Headers) -> None:
        """Begin an answer; a streamed one is given to whoever waits."""
        if self._complete or self._answer is not None:
            return
        streamed = status == 200 and headers.get("content-type", "").startswith(_EVENTS)
        answer = self._answer = Answer(self, status, headers, streamed=streamed)
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
            self._pieces.clear()
            self.on_fault(Cause.TOO_LARGE)
        else:
            self._pieces.append(body)

    def on_whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Take an answer that came at once and is no stream."""
        self._answer = Answer(self, status, headers, streamed=False)
        self.on_body(body)
        self.on_end(lasts=True)

    def on_fault(self, cause: Cause) -> None:
        """Fail, and have nothing more to do with the backend's connection."""
        self._fail(UpstreamFault(cause))
        self.close()

    def on_end(self, *, lasts: bool) -> None:
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
        self.on_fault(Cause.REQUEST_TIMEOUT if now >= ends else quiet)


def _ends_with_connection(headers: Headers) -> bool:
    return "content-length" not in headers and "transfer-encoding" not in headers
