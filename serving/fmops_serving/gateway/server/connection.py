"""One client's connection: requests are parsed as they arrive and answered one after another, in their order."""

import asyncio
import contextlib
import select
import socket
import time
from collections import deque
from typing import cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.draft import Draft, exchange_of
from fmops_serving.gateway.server.owner import Owner
from fmops_serving.gateway.server.reply import Reply

_NEVER = float("inf")


class Connection(asyncio.Protocol):
    """Parses, waits and writes. `deadline` is looked at by the house, once a second."""

    def __init__(self, house: Owner) -> None:
        """Belong to a house."""
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._draft = Draft(house.limits)
        self.on_url, self.on_header = self._draft.add_url, self._draft.add_header
        """The parser calls them with each piece of the target and each header."""
        self._parser = HttpRequestParser(self)
        self._arriving = False
        """Whether a request has begun and not ended."""
        self._waiting: deque[tuple[Exchange, Reply] | Refusal] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._reply: Reply | None = None
        self._lasts = True
        """Whether the client may send another request."""
        self._deaf = False
        """Nothing more is read: the connection ends with the answers that are owed."""
        self._unread: asyncio.Future[None] | None = None
        """Pending while the client does not keep up with what is written."""
        self._held = False
        """Whether reading rests because a whole request waits behind the one that is answered."""
        self._kept = 0
        """Bytes of bodies that are counted among the house's."""
        self.deadline = _NEVER

    @property
    def idle(self) -> bool:
        """Say whether nothing is being asked or answered."""
        return self._reply is None and not self._arriving and not self._waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to answer."""
        self._transport = cast("asyncio.Transport", transport)
        if (sock := transport.get_extra_info("socket")) is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._house.connections.add(self)
        self.deadline = self._loop.time() + self._house.limits.idle_time
        self._task = self._loop.create_task(self._answer_all())

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop answering: nobody listens."""
        self._house.connections.discard(self)
        self._deaf = True
        self._give_back(self._kept)
        self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._deaf:
            return
        try:
            if not self._take_plain(data):
                self._parse(data)
        except HttpParserUpgrade:
            self._deaf = True
        except HttpParserCallbackError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Refusal) else _garbage())
        except HttpParserError:
            self._refuse(_garbage())
        except Refusal as refusal:
            self._refuse(refusal)
        if self._waiting and self._reply is not None and not self._held:
            self._held = True
            self._transport.pause_reading()

    def _parse(self, data: bytes) -> None:
        before = self._draft.number if self._arriving else 0
        self._parser.feed_data(data)
        if self._arriving:
            self._await_rest(len(data) if self._draft.number == before else 0)

    def _take_plain(self, data: bytes) -> bool:
        """Read a plain request, or more of its body, without the parser; says whether it could."""
        if self._draft.left:
            self._take_rest(data)
            return True
        if self._arriving or self._waiting or not self._lasts or (plain := self._house.read_plain(data)) is None:
            return False
        target, headers, size, body = plain
        if len(body) == size:
            self._keep(size)
            self._queue(exchange_of("POST", target, headers, body, time.monotonic()), lasts=True, modern=True)
            return True
        self.on_message_begin()
        self._draft.take_plain(target, headers, size)
        self._take_rest(body)
        return True

    def _take_rest(self, data: bytes) -> None:
        """Take what came of the body of a plain request; what comes after it is the next one's."""
        draft = self._draft
        size, more = draft.left, len(data)
        draft.left -= min(size, more)
        if more:
            self.on_body(data if more <= size else data[:size])
        if draft.left:
            self._await_rest(more)
            return
        self._arriving = False
        self._queue(draft.exchange(), lasts=True, modern=True)
        if more > size:
            self._parse(data[size:])

    def _await_rest(self, size: int) -> None:
        """Bound what a request that is not whole yet may still take: its time and, for the parser keeps a header or
        trailer until its last byte came, the bytes that were added to it.
        """
        draft, limits = self._draft, self._house.limits
        if draft.whole_head:
            draft.add_around(size)
        else:
            draft.add_unfinished(size)
        if self._reply is None:
            self.deadline = draft.began + (limits.request_time if draft.whole_head else limits.head_time)

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self._waiting) >= self._house.limits.pipelined:
            raise Refusal(400, "too_many_pipelined", "too many requests were sent before the first was answered")
        self._draft.begin()
        self._arriving = True

    def on_headers_complete(self) -> None:
        """Check the head; say to go on to a client that waits for it."""
        draft = self._draft
        draft.end_head(self._parser.get_method().decode("latin-1"), self._parser.get_http_version())
        expected = draft.headers.get("expect")
        if expected is not None and self._reply is None and expected.lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        size = len(body)
        self._keep(size)
        self._draft.add_body(body, size)

    def on_message_complete(self) -> None:
        """End the request that the parser read."""
        self._arriving = False
        lasts, modern = self._parser.should_keep_alive(), self._draft.version == "1.1"
        self._queue(self._draft.exchange(), lasts=lasts, modern=modern)

    def _queue(self, exchange: Exchange, *, lasts: bool, modern: bool) -> None:
        """Put a request in the row of those to answer; `lasts` says whether the client lets the connection go on.

        HTTP/1.0, which is not `modern`, has no word for that, but for one that clients understand in several ways.
        """
        self._lasts = modern and lasts
        reply = Reply(self._transport, self._house, exchange.request_id)
        reply.keep_alive = self._lasts and not self._deaf
        if not modern:
            reply.chunked = False
        if exchange.method == "HEAD":
            reply.head_only = True
        self._waiting.append((exchange, reply))
        self._wake()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what cannot be read, after what came before it, and read no more."""
        self._deaf, self._arriving = True, False
        self._give_back(self._draft.drop())
        self._waiting.append(refusal)
        self._wake()

    def _keep(self, size: int) -> None:
        """Take note of a body, or a piece of one. Raises Refusal when there is no room for it."""
        self._house.bodies.take(size)
        self._kept += size

    def _give_back(self, size: int) -> None:
        """Take note that a body is in memory no more; one that outlives its client is counted by nobody."""
        size = min(size, self._kept)
        self._kept -= size
        self._house.bodies.give_back(size)

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def _answer_all(self) -> None:
        """Answer one request after another, until the client or the server wants no more."""
        with contextlib.suppress(asyncio.CancelledError):
            while self._waiting or not self._deaf:
                if not self._waiting:
                    self._arrival = self._loop.create_future()
                    await self._arrival
                    continue
                item = self._next()
                self.deadline = _NEVER
                if isinstance(item, Refusal):
                    await self._end_by(item)
                    break
                exchange, self._reply = item
                size = len(exchange.body)
                try:
                    await self._house.answer(exchange, self._reply)
                except Exception as error:  # noqa: BLE001 - whatever it was, the client hears of it
                    self._house.give_up(exchange, self._reply, error)
                del item, exchange  # the next request may be long in coming
                self._give_back(size)
                keep_alive, self._reply = self._reply.keep_alive, None
                if not keep_alive:
                    break
                self.deadline = self._loop.time() + self._house.limits.idle_time
                if self._unread is not None:
                    self.deadline = self._loop.time() + self._house.limits.unread_time
                    await self._unread
        self.deadline = self._loop.time() + self._house.limits.unread_time
        self._transport.close()

    async def _end_by(self, refusal: Refusal) -> None:
        """Refuse, and let a client that still sends come to it: its system drops what it has not read when we close."""
        Reply(self._transport, self._house, "-").refuse(refusal)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            await asyncio.sleep(self._house.limits.linger_time)

    def _next(self) -> tuple[Exchange, Reply] | Refusal:
        item = self._waiting.popleft()
        if self._held and not self._waiting:
            self._held = False
            self._transport.resume_reading()
        return item

    def pause_writing(self) -> None:
        """Take note that the client does not keep up."""
        self._unread = self._loop.create_future()
        self.deadline = self._loop.time() + self._house.limits.unread_time
        if self._reply is not None and self._reply.on_pause is not None:
            self._reply.on_pause()

    def resume_writing(self) -> None:
        """Take note that the client keeps up again."""
        if self._unread is not None and not self._unread.done():
            self._unread.set_result(None)
        self._unread = None
        self.deadline = _NEVER if self._reply is not None else self._loop.time() + self._house.limits.idle_time
        if self._reply is not None and self._reply.on_resume is not None:
            self._reply.on_resume()

    def expire(self) -> None:
        """End the connection: a time ran out. A request that came in part is told so."""
        if self._arriving and self._reply is None:
            self._refuse(Refusal(408, "request_timeout", "the request took too long to arrive"))
            self.deadline = _NEVER
        elif self.idle:
            self._transport.close()
        else:
            self._transport.abort()

    def close_if_idle(self) -> None:
        """End a connection on which nothing is going on, and nothing has come that was not read yet."""
        if self.idle and not self._transport.is_closing():
            unread = select.poll()
            unread.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
            if not unread.poll(0):
                self._transport.close()


def _garbage() -> Refusal:
    return Refusal(400, "invalid_http", "this is no request of HTTP/1.1")
