"""The application's answer on its way out: whole when it is JSON, event by event when it streams, refused when neither.

When a rail ends a stream, the client gets its last event, and the application learns what it learns when a client goes
away: `send` fails and `receive` says so. That makes engines stop generating.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.events import EventScreen
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.guard.openai.jsontext import read_json

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOG = logging.getLogger(__name__)
LARGEST = 64 << 20
"""Bytes of a whole answer."""
_EVENTS = "text/event-stream"


class ScreenedAnswer:
    """One answer; what the application sends goes through `_send`."""

    def __init__(self, screen: Screen, exchange: Exchange, body: bytes, receive: Receive, send: Send) -> None:
        """Give the application this body, and screen what it answers."""
        self._screen, self._exchange = screen, exchange
        self._body: bytes | None = body
        self._outer_receive, self._outer_send = receive, send
        self._start: Message = {}
        self._whole: bytearray | None = None
        self._events: EventScreen | None = None
        self._over = asyncio.Event()

    async def by(self, app: App, scope: Scope) -> None:
        """Let the application answer; after the answer is over, what it raises is of no interest."""
        try:
            await app(scope, self._receive, self._send)
        except Exception:
            if not self._over.is_set():
                raise

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        gone = asyncio.ensure_future(self._outer_receive())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({gone, over}, return_when=asyncio.FIRST_COMPLETED)
            return gone.result() if gone.done() else {"type": "http.disconnect"}
        finally:
            gone.cancel()
            over.cancel()

    async def _send(self, message: Message) -> None:
        if self._over.is_set():
            raise OSError("a guard rail ended this answer")
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"the guard cannot screen {message['type']}")

    async def _begin(self, start: Message) -> None:
        """Decide how the answer is screened; one with an error is the server's own words and no model's."""
        headers = {bytes(name).lower(): bytes(value) for name, value in start.get("headers", ())}
        form = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        self._start = start
        if start["status"] != 200:
            await self._outer_send(start)
        elif b"content-encoding" in headers or form not in {"application/json", _EVENTS}:
            await self._refuse(
                Refusal(502, "cannot_be_screened", f"an answer of type {form or 'none'} is not screened")
            )
        elif form == "application/json":
            self._whole = bytearray()
        else:
            self._events = self._screen.events(self._exchange)
            await self._outer_send(start)

    async def _go_on(self, body: bytes, *, more: bool) -> None:
        if self._whole is not None:
            self._whole += body
            if len(self._whole) > LARGEST:
                await self._refuse(Refusal(502, "cannot_be_screened", f"the answer is longer than {LARGEST >> 20} MiB"))
            elif not more:
                await self._send_whole(bytes(self._whole))
        elif self._events is not None:
            await self._send_events(self._events, body, more=more)
        else:
            await self._outer_send({"type": "http.response.body", "body": body, "more_body": more})

    async def _send_whole(self, body: bytes) -> None:
        try:
            screened = self._screen.answer(self._exchange, body, read_json(body))
        except Refusal as refusal:
            await self._refuse(refusal)
            return
        except RecursionError:
            await self._refuse(Refusal(502, "cannot_be_screened", "the answer is nested too deeply to be screened"))
            return
        headers = [each for each in self._start.get("headers", ()) if bytes(each[0]).lower() != b"content-length"]
        await self._outer_send({**self._start, "headers": [*headers, (b"content-length", str(len(screened)).encode())]})
        await self._outer_send({"type": "http.response.body", "body": screened})

    async def _send_events(self, events: EventScreen, body: bytes, *, more: bool) -> None:
        try:
            out = events.feed(body) if more else events.feed(body) + events.finish()
        except Exception:
            LOG.exception("an answer could not be screened, so it ends here")
            error = {
                "message": "the answer could not be screened",
                "type": "server_error",
                "code": "cannot_be_screened",
            }
            await self._end(b"data: " + orjson.dumps({"error": error}) + b"\n\n")
            return
        if events.stopped:
            await self._end(out)
        elif out or not more:
            await self._outer_send({"type": "http.response.body", "body": out, "more_body": more})

    async def _end(self, last: bytes) -> None:
        self._over.set()
        await self._outer_send({"type": "http.response.body", "body": last, "more_body": False})

    async def _refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal in place of what the application says."""
        self._over.set()
        body = refusal.body()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._outer_send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self._outer_send({"type": "http.response.body", "body": body})
