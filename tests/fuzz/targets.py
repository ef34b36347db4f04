"""What is fuzzed of the gateway: each target takes any bytes and raises when a promise is broken."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson

from fmops_api.guardrail import Guardrail
from fmops_api.route import Backend, BackendApi
from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.dialects.anthropic.stream import MessageStream
from fmops_serving.gateway.dialects.sse import Events
from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.screen.screen import Screen
from fmops_serving.gateway.server.connection import Connection
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.server.reply import Reply

SECRET = "forbidden"
_RAIL = {"name": "word", "detector": "Regex", "pattern": SECRET, "direction": "Both", "action": "Block"}
_SCREEN = Screen([Guardrail.model_validate(_RAIL)], lambda _: None)
_CLAUDE = Backend(api=BackendApi.ANTHROPIC, urls=["https://a.test/v1"], model="claude")


def server_parser(data: bytes) -> None:
    """Parse requests in two pieces: nothing but answers that are whole leaves, never more of them than requests."""
    asyncio.run(_served(data[1:], data[0] if data else 0))


async def _served(data: bytes, cut: int) -> None:
    answered: list[Exchange] = []

    async def answer(exchange: Exchange, reply: Reply) -> None:
        answered.append(exchange)
        reply.send(200, b"{}")

    house = House(answer, Limits())
    connection, transport = Connection(house), _Transport()
    connection.connection_made(transport)
    for piece in (data[:cut], data[cut:]):
        connection.data_received(piece)
        for _ in range(3):
            await asyncio.sleep(0)
    connection.connection_lost(None)
    with suppress(asyncio.CancelledError):
        await connection._task
    written = bytes(transport.written)
    assert written.count(b"HTTP/1.1 200") == len(answered)
    assert not written or written.startswith(b"HTTP/1.1 ")
    assert all(len(exchange.body) <= len(data) for exchange in answered)
    assert not any("\r" in value or "\n" in value for each in answered for value in each.headers.values())


class _Transport(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._closing = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self._closing = True

    abort = close

    def write_eof(self) -> None:
        self._closing = True

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def stream_screen(data: bytes) -> None:
    """Screen a stream in two pieces: the content that leaves never has the forbidden word."""
    asked = _exchange({})
    screen = _SCREEN.events(asked)
    assert screen is not None
    cut = data[0] if data else 0
    out = screen.feed(data[1 : 1 + cut]) + screen.feed(data[1 + cut :]) + screen.finish()
    assert SECRET not in "".join(_contents(out))


def _contents(out: bytes) -> list[str]:
    """Join what a client that follows the standard would show of the first choice."""
    found: list[str] = []
    for event in Events().feed(out + b"\n\n"):
        with suppress(orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
            choice = orjson.loads(event)["choices"][0]
            if choice.get("index", 0) == 0 and isinstance(choice["delta"]["content"], str):
                found.append(choice["delta"]["content"])
    return found


def anthropic_stream(data: bytes) -> None:
    """Translate a stream: the same in one piece and in two, ended, every event one of the OpenAI API."""
    cut = data[0] if data else 0
    whole, pieces = _translator(), _translator()
    once = whole.feed(data[1:]) + whole.finish()
    twice = pieces.feed(data[1 : 1 + cut]) + pieces.feed(data[1 + cut :]) + pieces.finish()
    assert once == twice
    *events, done, rest = once.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    for event in events:
        assert {"choices", "error"} & json.loads(event.removeprefix(b"data: ")).keys()


def _translator() -> MessageStream:
    return MessageStream(with_usage=True, on_usage=lambda _: None, clock=lambda: 0.0)


def anthropic_request(data: bytes) -> None:
    """Translate a request: a Refusal that names a field, or JSON."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    if not isinstance(body, dict):
        return
    try:
        outgoing = Anthropic().request(_exchange(body), _CLAUDE)
    except Refusal as refusal:
        if refusal.status != 400 or not (refusal.param or refusal.code == "invalid_json"):
            raise
        return
    assert orjson.loads(outgoing.body)["max_tokens"] > 0


def anthropic_answer(data: bytes) -> None:
    """Translate an answer: JSON in the OpenAI API's shape, whatever came."""
    for status in (200, 400, 529):
        told, body = Anthropic().answer(_exchange({}), status, data)
        assert ("choices" if told == 200 else "error") in orjson.loads(body)


def _exchange(body: dict[str, Any]) -> Exchange:
    made = Exchange("POST", "/v1/chat/completions", "", {}, b"", "id", 0.0)
    made.kind, made.parsed = Kind.CHAT, body
    return made


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (server_parser, stream_screen, anthropic_stream, anthropic_request, anthropic_answer)
}
