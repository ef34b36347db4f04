"""An upstream that costs next to nothing: it answers every chat request with one label, whole or as a stream.

`python -m tests.bench.upstream [--delay SECONDS] [--tokens N --between SECONDS]` prints its port; with tokens, a stream
comes token by token. GET /stats tells how many were asked since the last GET /stats, when the first came and the last
was answered (seconds of the epoch), and how many were on their way at most.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import uvloop

_CHOICE = {"index": 0, "delta": {"content": "billing"}, "finish_reason": None}
_LAST = {"index": 0, "delta": {}, "finish_reason": "stop"}
_USAGE = {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}
_EVENTS: list[dict[str, Any]] = [
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [_CHOICE]},
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [_LAST]},
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [], "usage": _USAGE},
]


def _event(content: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


_STREAM = b"".join(map(_event, _EVENTS)) + b"data: [DONE]\n\n"
_MESSAGE = {"index": 0, "message": {"role": "assistant", "content": "billing"}, "finish_reason": "stop"}
_WHOLE = json.dumps(
    {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [_MESSAGE], "usage": _USAGE}
).encode()
_MODELS = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()


def _response(body: bytes, kind: bytes, length: int | None = None) -> bytes:
    known = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, known, body)


_JSON, _SSE = _response(_WHOLE, b"application/json"), _response(_STREAM, b"text/event-stream")


@dataclass(frozen=True)
class Pace:
    """How answers come. Times are in seconds."""

    delay: float = 0.0
    """Before the answer, or its first token."""
    tokens: int = 0
    """Of a stream, each an event of its own; 0 for a stream in one piece."""
    between: float = 0.0

    def events(self) -> list[bytes]:
        """Give the pieces of a stream: its tokens, then what ends it."""
        usage = {**_USAGE, "completion_tokens": self.tokens}
        last = [{**_EVENTS[1]}, {**_EVENTS[2], "usage": usage}]
        tokens = [_event(_EVENTS[0])] * self.tokens
        return [*tokens, b"".join(map(_event, last)) + b"data: [DONE]\n\n"]


class Counts:
    """What was asked."""

    def __init__(self) -> None:
        self.asked, self.first, self.last, self.now, self.most = 0, 0.0, 0.0, 0, 0

    def came(self) -> None:
        """Count one request."""
        self.first = self.first or time.time()
        self.asked, self.now = self.asked + 1, self.now + 1
        self.most = max(self.most, self.now)

    def told(self) -> bytes:
        """Give the counts, and begin anew."""
        told = {"asked": self.asked, "first": self.first, "last": self.last, "most": self.most}
        body = json.dumps(told).encode()
        self.asked, self.first, self.most = 0, 0.0, 0
        return _response(body, b"application/json")


class Upstream(asyncio.Protocol):
    """One connection; requests have a Content-Length or no body."""

    def __init__(self, counts: Counts, pace: Pace) -> None:
        self._counts, self._pace, self._buffer = counts, pace, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there as a whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get"):
            stats = b"/stats" in head.partition(b"\r\n")[0]
            self._transport.write(self._counts.told() if stats else _response(_MODELS, b"application/json"))
            return
        self._counts.came()
        streams = b'"stream":true' in body.replace(b" ", b"")
        if streams and self._pace.tokens:
            self._stream(self._pace.events())
        elif self._pace.delay:
            asyncio.get_running_loop().call_later(self._pace.delay, self._send, _SSE if streams else _JSON)
        else:
            self._send(_SSE if streams else _JSON)

    def _stream(self, events: list[bytes]) -> None:
        """Send the head at once, every token in its time, and the end with the last token."""
        loop, last = asyncio.get_running_loop(), len(events) - 1
        began = loop.time() + self._pace.delay
        self._transport.write(_response(b"", b"text/event-stream", sum(map(len, events))))
        for place, event in enumerate(events[:-1]):
            piece = event if place < last - 1 else event + events[-1]
            send = self._send if place == last - 1 else self._transport.write
            loop.call_at(began + place * self._pace.between, send, piece)

    def _send(self, response: bytes) -> None:
        self._counts.now -= 1
        self._counts.last = time.time()
        if not self._transport.is_closing():
            self._transport.write(response)


async def _serve(pace: Pace) -> None:
    counts = Counts()
    server = await asyncio.get_running_loop().create_server(
        lambda: Upstream(counts, pace), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.upstream", description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--tokens", type=int, default=0, help="tokens of a stream, an event each")
    parser.add_argument("--between", type=float, default=0.0, help="seconds between two tokens")
    chosen = parser.parse_args()
    uvloop.run(_serve(Pace(chosen.delay, chosen.tokens, chosen.between)))


if __name__ == "__main__":
    main()
