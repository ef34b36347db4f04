"""Clients that cost next to nothing: so many connections, each asking again when its answer ended.

What they ask is never the same twice, for a gateway may remember it; of a conversation, only the last turn is new.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import chain, count
from typing import cast

from tests.bench.gateway_upstream import TEXT

EVENT = b"data: "
TIMEOUT = 120.0
_NUMBERS = count()
"""Of texts, through all of a run."""
_DIGITS = 6
_CONSONANTS = bytes.maketrans(b"0123456789", b"bdfgklmnpr")
_PLACE = "@" * (2 * _DIGITS + 1)
"""Where each text has a word of its own."""


def word(number: int) -> bytes:
    """Write a number as a word that no language has, as long as any other: no detector has a reason to look twice."""
    digits = b"%0*d" % (_DIGITS, number % 10**_DIGITS)
    return b"o".join([b"", *(digits[place : place + 1] for place in range(_DIGITS)), b""]).translate(_CONSONANTS)


@dataclass
class Load:
    """What is asked, how often, and what came of it; times in seconds."""

    port: int
    connections: int
    requests: int
    stream: bool
    model: str
    key: str
    turns: int = 1
    """Requests of a conversation; each has all that was said before."""
    began: float = 0.0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    """Until a whole answer, or until the first event of a stream."""
    events: int = 0
    failed: list[bytes] = field(default_factory=list)
    """Heads of answers that were none."""

    def request(self, turn: int) -> list[bytes]:
        """Write the request of a turn, counted from 0, as the pieces around its texts' own words."""
        said = [
            {"role": role, "content": f"{_PLACE} {TEXT}"} for _ in range(turn + 1) for role in ("user", "assistant")
        ]
        system = {"role": "system", "content": "You answer the questions of customers of a book shop."}
        body = {"model": self.model, "messages": [system, *said[:-1]], "stream": self.stream}
        content = json.dumps({**body, "temperature": 0.2, "max_tokens": 64}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {self.key}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        return (head.encode() + content).split(_PLACE.encode())

    async def run(self) -> None:
        """Ask, until all were answered. Raises TimeoutError, and ConnectionError when the server hangs up."""
        loop = asyncio.get_running_loop()
        clients = [Client(self) for _ in range(self.connections)]
        for each in clients:
            await loop.create_connection(lambda each=each: each, "127.0.0.1", self.port)  # type: ignore[misc]
        self.began = time.perf_counter()
        async with asyncio.timeout(TIMEOUT):
            await asyncio.gather(*(each.start() for each in clients))
        self.seconds = time.perf_counter() - self.began


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = [load.request(turn) for turn in range(load.turns)]
        self._turn = 0
        self._words: list[bytes] = []
        self._left = load.requests // load.connections
        self._buffer = bytearray()
        self._asked = 0.0
        self._first = False
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail when answers are still to come."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    async def start(self) -> None:
        """Ask until all is answered."""
        self._ask()
        await self._done
        self._transport.close()

    def _ask(self) -> None:
        self._buffer.clear()
        self._first, self._asked = True, time.perf_counter()
        self._transport.write(self._next())

    def _next(self) -> bytes:
        """Write the next turn of a conversation, or the first one of another."""
        if self._turn == 0:
            self._words = [word(next(_NUMBERS)) for _ in range(2 * self._load.turns - 1)]
        pieces = self._requests[self._turn]
        self._turn = (self._turn + 1) % self._load.turns
        return b"".join(chain.from_iterable(zip(pieces[:-1], self._words, strict=False))) + pieces[-1]

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        self._buffer += data
        if self._load.stream and self._first and EVENT in self._buffer:
            self._first = False
            self._load.times.append(time.perf_counter() - self._asked)
        if self._whole():
            self._end()

    def _whole(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        length = self._buffer.find(b"ontent-", 0, end)
        while length >= 0 and self._buffer[length + 7 : length + 14].lower() != b"length:":
            length = self._buffer.find(b"ontent-", length + 1, end)
        if length >= 0:
            return len(self._buffer) >= end + int(self._buffer[length + 14 : self._buffer.find(b"\r\n", length)])
        return self._buffer.endswith(b"0\r\n\r\n")

    def _end(self) -> None:
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._load.failed.append(bytes(self._buffer[:400]))
        if self._load.stream:
            self._load.events += self._buffer.count(EVENT)
        else:
            self._load.times.append(time.perf_counter() - self._asked)
        self._left -= 1
        if self._left > 0:
            self._ask()
        elif not self._done.done():
            self._done.set_result(None)
