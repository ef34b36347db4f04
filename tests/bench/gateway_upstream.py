"""An engine that costs next to nothing: `python -m tests.bench.gateway_upstream` prints its port.

Answers whole, or 64 tokens as events, one every --gap seconds (0: all at once). Paths of others (health, models) are
answered as vLLM does, for peers ask them.
"""

import argparse
import asyncio
import json
from itertools import cycle, islice
from typing import cast

import uvloop

TOKENS = 64
EVENTS = TOKENS + 2
"""Of a stream: tokens, the end with its usage, and [DONE]."""
_WORDS = "the order arrives on friday and costs twenty euros without the cover"
TEXT = " ".join(islice(cycle(_WORDS.split()), 57))
_USAGE = {"prompt_tokens": 80, "completion_tokens": TOKENS, "total_tokens": 80 + TOKENS}
_CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
_MESSAGE = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
_WHOLE = {**_CHUNK, "object": "chat.completion", "choices": [_MESSAGE], "usage": _USAGE}
_MODELS = {"object": "list", "data": [{"id": "m", "object": "model", "created": 0, "owned_by": "bench"}]}


def _answer(body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _event(data: bytes) -> bytes:
    event = b"data: " + data + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(event), event)


def _token(word: str) -> bytes:
    choice = {"index": 0, "delta": {"content": word}, "logprobs": None, "finish_reason": None}
    return _event(json.dumps({**_CHUNK, "choices": [choice]}).encode())


_LAST = {**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": _USAGE}
_PIECES = [
    *(_token(f" {word}") for word in islice(cycle(TEXT.split()), TOKENS)),
    _event(json.dumps(_LAST).encode()) + _event(b"[DONE]") + b"0\r\n\r\n",
]
_START = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_ANSWER, _LIST, _FINE = _answer(_WHOLE), _answer(_MODELS), _answer({"status": "ok"})


class Engine(asyncio.Protocol):
    """One connection; requests have a Content-Length or no body."""

    def __init__(self, gap: float) -> None:
        self._gap, self._buffer = gap, bytearray()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n") + 4) >= 4:
            head = bytes(self._buffer[:end]).lower()
            size = end + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self._buffer) < size:
                return
            body = bytes(self._buffer[end:size])
            del self._buffer[:size]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if not head.startswith(b"post"):
            self._transport.write(_LIST if b"/models" in head[:40] else _FINE)
        elif b'"stream": true' not in body and b'"stream":true' not in body:
            self._transport.write(_ANSWER)
        elif self._gap:
            self._step(_START + _PIECES[0], 1)
        else:
            self._transport.write(_START + b"".join(_PIECES))

    def _step(self, piece: bytes, after: int) -> None:
        if not self._transport.is_closing():
            self._transport.write(piece)
            if after < len(_PIECES):
                self._loop.call_later(self._gap, self._step, _PIECES[after], after + 1)


async def serve(gap: float) -> None:
    """Serve until it is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Engine(gap), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway_upstream", description=__doc__)
    parser.add_argument("--gap", type=float, default=0.0, help="seconds between two events")
    uvloop.run(serve(parser.parse_args().gap))
