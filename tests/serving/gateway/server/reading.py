"""A connection of the server that is fed bytes in pieces: with what reads plain requests, and with the parser alone."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.server.connection import Connection
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.server.plain import Plain
from fmops_serving.gateway.server.reply import Reply

_MADE_ID = re.compile(rb"x-request-id: [0-9a-f]{32}\r\n")
_TURNS = 4
"""Of the loop, after which all is answered that can be."""


class Asked(NamedTuple):
    """A request, as whoever answers it sees it."""

    line: tuple[str, str, str]
    headers: list[tuple[str, str]]
    body: bytes
    request_id: str | None
    keep_alive: bool


class Heard(NamedTuple):
    """What came of bytes; without what differs from run to run."""

    asked: list[Asked]
    written: bytes
    waits: tuple[int, float | None]
    """Bytes of bodies before the client left, and the seconds that a request has that is on its way; None where the
    connection was closed.
    """
    left: int
    """Bytes of bodies that are counted still, once the client has left."""


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = self.paused = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = write_eof = close

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Reading:
    """One connection; a `late` one answers when reading rests, or all has come."""

    def __init__(self, limits: Limits, *, native: bool, late: bool) -> None:
        self.house = House(self._answer, limits)
        self.house.date = ""
        self.plain: list[Plain] = []
        self._asked: list[Asked] = []
        self._may_answer = asyncio.Event()
        self._late = late
        read = self.house.read_plain

        def noting(data: bytes) -> Plain | None:
            found = read(data)
            if found is not None:
                self.plain.append(found)
            return found

        self.house.read_plain = noting if native else lambda _: None
        self._wire, self._connection = Wire(), Connection(self.house)
        self._connection.connection_made(self._wire)

    async def _answer(self, exchange: Exchange, reply: Reply) -> None:
        if self._late:
            await self._may_answer.wait()
        line, headers = (exchange.method, exchange.path, exchange.query), list(exchange.headers.items())
        given = exchange.request_id if "x-request-id" in exchange.headers else None
        kept = None if given is None or re.fullmatch("[0-9a-f]{32}", given) else given
        self._asked.append(Asked(line, headers, exchange.body, kept, reply.keep_alive))
        reply.send(200, b"{}")

    async def feed(self, pieces: Sequence[bytes]) -> None:
        """Feed what a transport would: nothing while reading rests, nor once it is closed."""
        for piece in pieces:
            if self._wire.paused:
                await self._answer_those_that_came()
            if self._wire.closed:
                break
            self._connection.data_received(piece)
            await _turns()

    async def _answer_those_that_came(self) -> None:
        self._may_answer.set()
        await _turns()
        self._may_answer.clear()

    async def end(self) -> Heard:
        """Let the client leave once all is answered."""
        await self._answer_those_that_came()
        while self._wire.paused and not self._wire.closed:
            await self._answer_those_that_came()
        waits = self.house.bodies.held, None if self._wire.closed else self._time()
        self._connection.connection_lost(None)
        with suppress(asyncio.CancelledError):
            await self._connection._task
        written = _MADE_ID.sub(b"x-request-id: made\r\n", bytes(self._wire.written))
        return Heard(self._asked, written, waits, self.house.bodies.held)

    def _time(self) -> float | None:
        connection = self._connection
        return None if connection.idle else round(connection.deadline - connection._draft.began)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _heard(pieces: Sequence[bytes], limits: Limits, *, native: bool, late: bool) -> tuple[Heard, int]:
    reading = Reading(limits, native=native, late=late)
    await reading.feed(pieces)
    return await reading.end(), len(reading.plain)


def heard_in_both_ways(pieces: Sequence[bytes], limits: Limits, *, late: bool = False) -> tuple[Heard, int]:
    """Give what came of pieces, which is the same in both ways, and how many requests were plain."""

    async def both() -> tuple[tuple[Heard, int], tuple[Heard, int]]:
        return (
            await _heard(pieces, limits, native=True, late=late),
            await _heard(pieces, limits, native=False, late=late),
        )

    (plainly, count), (parsed, _) = asyncio.run(both())
    assert plainly == parsed
    assert plainly.left == 0
    return plainly, count


def cut(raw: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut bytes at some places; none of the pieces is empty."""
    edges = sorted({0, len(raw), *(place for place in places if 0 < place < len(raw))})
    return [raw[begin:end] for begin, end in pairwise(edges)]
