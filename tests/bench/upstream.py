"""An upstream that costs next to nothing: it answers every chat request with one label, whole or as a stream.

`python -m tests.bench.upstream [--delay SECONDS]` prints its port. GET /stats tells how many were asked since the last
GET /stats, when the first came (seconds of the epoch) and how many were on their way at most.
"""

import argparse
import asyncio
import json
import time
from typing import cast

import uvloop

_CHOICE = {"index": 0, "delta": {"content": "billing"}, "finish_reason": None}
_LAST = {"index": 0, "delta": {}, "finish_reason": "stop"}
_USAGE = {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}
_EVENTS = [
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [_CHOICE]},
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [_LAST]},
    {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [], "usage": _USAGE},
]
_STREAM = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in _EVENTS) + b"data: [DONE]\n\n"
_MESSAGE = {"index": 0, "message": {"role": "assistant", "content": "billing"}, "finish_reason": "stop"}
_WHOLE = json.dumps(
    {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [_MESSAGE], "usage": _USAGE}
).encode()
_MODELS = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()


def _response(body: bytes, kind: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)


_JSON, _SSE = _response(_WHOLE, b"application/json"), _response(_STREAM, b"text/event-stream")


class Counts:
    """What was asked."""

    def __init__(self) -> None:
        self.asked, self.first, self.now, self.most = 0, 0.0, 0, 0

    def came(self) -> None:
        """Count one request."""
        self.first = self.first or time.time()
        self.asked, self.now = self.asked + 1, self.now + 1
        self.most = max(self.most, self.now)

    def told(self) -> bytes:
        """Give the counts, and begin anew."""
        body = json.dumps({"asked": self.asked, "first": self.first, "most": self.most}).encode()
        self.asked, self.first, self.most = 0, 0.0, 0
        return _response(body, b"application/json")


class Upstream(asyncio.Protocol):
    """One connection; requests have a Content-Length or no body."""

    def __init__(self, counts: Counts, delay: float) -> None:
        self._counts, self._delay, self._buffer = counts, delay, bytearray()

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
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._send, _SSE if streams else _JSON)
        else:
            self._send(_SSE if streams else _JSON)

    def _send(self, response: bytes) -> None:
        self._counts.now -= 1
        if not self._transport.is_closing():
            self._transport.write(response)


async def _serve(delay: float) -> None:
    counts = Counts()
    server = await asyncio.get_running_loop().create_server(
        lambda: Upstream(counts, delay), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.upstream", description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before an answer")
    uvloop.run(_serve(parser.parse_args().delay))


if __name__ == "__main__":
    main()
