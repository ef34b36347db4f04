"""A connection to a backend that is fed answers in pieces: with what reads plain ones, and with the parser alone."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from unittest.mock import Mock

import pytest

from fmops_serving.gateway.upstream import reader
from fmops_serving.gateway.upstream.answer import Answer
from fmops_serving.gateway.upstream.connection import UpstreamConnection
from fmops_serving.gateway.upstream.fault import Cause, UpstreamFault
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.upstream.plain import Plain, read_plain
from tests.serving.gateway.server.reading import Wire

PATIENCE = Patience(answer=40)
_TURNS = 3
"""Of the loop, after which whoever asked has what came."""


class Came(NamedTuple):
    """What came of one request."""

    answer: tuple[int, list[tuple[str, str]], bytes, bool] | None
    fault: Cause | None
    streamed: list[bytes | Cause | None]
    """Its pieces as one, and how it ended."""
    free: bool
    closed: bool


class Ways(NamedTuple):
    """How it was read where native code could."""

    plain: int
    """Answers of which the head was plain."""
    parsed: int
    """Pieces that the parser was given."""


class Stream:
    """A streamed answer as its reader sees it."""

    def __init__(self, answer: Answer) -> None:
        self._pieces: list[bytes] = []
        self._ends: list[Cause | None] = []
        answer.relay(
            Mock(
                feed=self._pieces.append,
                finish=lambda: self._ends.append(None),
                fail=lambda fault: self._ends.append(fault.cause),
            )
        )

    @property
    def came(self) -> list[bytes | Cause | None]:
        return [b"".join(self._pieces), *self._ends]


class Upstream:
    """A connection to a backend that says what a test says; a stream is read `late`, or from its head on."""

    def __init__(self, *, late: bool) -> None:
        self.connection = UpstreamConnection(PATIENCE, lambda _: None, lambda _: None)
        self._wire = Wire()
        self.connection.connection_made(self._wire)
        self._late = late

    async def ask(self, pieces: Sequence[bytes], *, lost: bool) -> Came:
        asking = asyncio.create_task(self.connection.ask(b""))
        await asyncio.sleep(0)
        streams: list[Stream] = []
        for piece in pieces:
            if not self._wire.closed:
                self.connection.data_received(piece)
            if not self._late and not streams:
                await _turns()
                streams = _streams(asking)
        if lost or self._wire.closed:
            self.connection.connection_lost(None)
        await _turns()
        if not asking.done():
            asking.cancel()
        await asyncio.wait([asking])
        streams = streams or _streams(asking)
        fault = None if asking.cancelled() else asking.exception()
        told, streamed = _told(asking), [part for each in streams for part in each.came]
        cause = fault.cause if isinstance(fault, UpstreamFault) else None
        return Came(told, cause, streamed, self.connection.free, self._wire.closed)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _answer(asking: asyncio.Task[Answer]) -> Answer | None:
    if not asking.done() or asking.cancelled() or isinstance(asking.exception(), UpstreamFault):
        return None
    return asking.result()


def _streams(asking: asyncio.Task[Answer]) -> list[Stream]:
    answer = _answer(asking)
    return [Stream(answer)] if answer is not None and answer.streamed else []


def _told(asking: asyncio.Task[Answer]) -> tuple[int, list[tuple[str, str]], bytes, bool] | None:
    answer = _answer(asking)
    return None if answer is None else (answer.status, list(answer.headers.items()), answer.body, answer.streamed)


async def _came(answers: Sequence[Sequence[bytes]], *, lost: bool, late: bool) -> list[Came]:
    """Ask again and again, as long as the connection lets others ask; it ends with the last answer where it is lost."""
    upstream, came = Upstream(late=late), []
    for number, pieces in enumerate(answers, 1):
        came.append(await upstream.ask(pieces, lost=lost and number == len(answers)))
        if not came[-1].free:
            break
    return came


def came_in_both_ways(
    answers: Sequence[Sequence[bytes]], *, lost: bool = False, late: bool = True
) -> tuple[list[Came], Ways]:
    """Give what came, which is the same by native code and by the parser alone, and how native code read it."""
    plain: list[Plain] = []
    parsed: list[bytes] = []
    parse = reader.AnswerReader._parse

    def noting(data: bytes) -> Plain | None:
        found = read_plain(data)
        plain.extend([found] if found is not None else [])
        return found

    def noting_parser(of: reader.AnswerReader, data: bytes) -> None:
        parsed.append(data)
        parse(of, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read_plain", noting)
        patch.setattr(reader.AnswerReader, "_parse", noting_parser)
        natively = asyncio.run(_came(answers, lost=lost, late=late))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read_plain", lambda _: None)
        assert natively == asyncio.run(_came(answers, lost=lost, late=late))
    return natively, Ways(len(plain), len(parsed))
