"""Requests that go out together: when they are held, and when they go."""

import asyncio
from typing import Any

from fmops_serving.http.connection import Connection
from fmops_serving.http.outbox import Outbox


class Wire:
    """The connection and its transport at once: keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, request: bytes) -> None:
        self.written.append(request)

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def get_extra_info(self, _: str) -> None:
        return None


async def test_they_are_held_until_the_loop_comes_round() -> None:
    wire: Any = Wire()
    outbox = Outbox(3)
    outbox.put(wire, b"1")
    outbox.put(wire, b"2")
    assert wire.written == []
    await asyncio.sleep(0)
    assert wire.written == [b"1", b"2"]


async def test_no_more_are_held_than_go_together() -> None:
    wire: Any = Wire()
    outbox = Outbox(3)
    for number in b"12345":
        outbox.put(wire, bytes([number]))
    assert wire.written == [b"1", b"2", b"3"]
    await asyncio.sleep(0)
    assert b"".join(wire.written) == b"12345"


async def test_one_that_goes_alone_goes_at_once() -> None:
    wire: Any = Wire()
    Outbox(1).put(wire, b"1")
    assert wire.written == [b"1"]


async def test_what_comes_before_the_request_was_sent_is_no_answer_to_it() -> None:
    wire: Any = Wire()
    connection = Connection()
    connection.connection_made(wire)
    connection.begin(30)
    connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert wire.aborted
    assert not connection.begun
    connection.connection_lost(None)
