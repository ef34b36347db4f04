"""Guard: pure ASGI middleware, the outermost of the engine's server, so that nothing reaches the engine unscreened.

It runs before the engine's own check of keys: put a gateway in front, or unknown clients cost screening. Detectors run
in the event loop; they take microseconds a text (docs/guard.md).
"""

import os
import time

import orjson

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.guard.engine.answer import App, Receive, Scope, ScreenedAnswer, Send
from fmops_serving.guard.engine.counts import count
from fmops_serving.guard.engine.paths import SCREENED, is_harmless, path_of
from fmops_serving.guard.engine.settings import read_settings

LARGEST = 64 << 20
"""Bytes of a request's body: pictures are sent inside of it."""
_UNREADABLE = (
    "the body is no JSON object that can be screened: send UTF-8, without NaN, nested less than a hundred deep"
)


class Guard:
    """Wraps an application; raises WrongSettings when the environment does not say by which rails."""

    def __init__(self, app: App) -> None:
        """Read the environment; the server makes one guard when it starts."""
        self._app = app
        settings = read_settings(os.environ)
        self._opened = settings.opened
        self._screen = Screen(settings.rails, count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it go on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            # A websocket's frames are no texts that the guard can read.
            await send({"type": "websocket.close", "code": 1008, "reason": "this server screens no websockets"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = path_of(scope), scope["method"]
        if is_harmless(method, path, self._opened):
            await self._app(scope, receive, send)
            return
        try:
            exchange = await _exchange(scope, receive, _kind_of(method, path))
            if exchange is None:
                return
            body = self._screened(exchange)
        except Refusal as refusal:
            await _refuse(refusal, send)
            return
        answer = ScreenedAnswer(self._screen, exchange, body, receive, send)
        await answer.by(self._app, _with_length(scope, len(body)))

    def _screened(self, exchange: Exchange) -> bytes:
        """Screen a request and give the body that may go on; raises Refusal."""
        came = exchange.parsed
        try:
            self._screen.request(exchange)
        except RecursionError:
            raise Refusal(400, "cannot_be_screened", _UNREADABLE) from None
        return exchange.body if exchange.parsed is came else orjson.dumps(exchange.parsed)


def _kind_of(method: str, path: str) -> Kind:
    if method != "POST" or path not in SCREENED:
        raise Refusal(403, "path_not_screened", f"{method} {path[:200]} is not screened, so it is not answered")
    return SCREENED[path]


async def _exchange(scope: Scope, receive: Receive, kind: Kind) -> Exchange | None:
    """Read a request; None when the client is gone before all of it came. Raises Refusal."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST:
            raise Refusal(413, "request_too_large", f"the body is larger than {LARGEST >> 20} MiB")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(400, "cannot_be_screened", _UNREADABLE)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope.get("query_string", b"").decode("latin-1")
    request_id = headers.get("x-request-id", "")
    made = Exchange("POST", str(scope["path"]), query, headers, bytes(body), request_id, time.monotonic(), kind)
    made.read, made.stream = parsed, parsed.get("stream") is True
    return made


def _with_length(scope: Scope, length: int) -> Scope:
    """Give the scope with the length of the body that goes on; a body in chunks has one now."""
    kept = [each for each in scope["headers"] if each[0] not in {b"content-length", b"transfer-encoding"}]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())]}


async def _refuse(refusal: Refusal, send: Send) -> None:
    body = refusal.body()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
