"""Streamed answers on their way: as they come, as fast as the client reads, ended when either side is gone."""

import asyncio

import pytest

from fmops_serving.gateway.upstream.address import Address
from fmops_serving.gateway.upstream.fault import UpstreamFault
from fmops_serving.gateway.upstream.patience import Patience
from tests.support.gateway import Call, chunks, engine, gateway, post, route, streams

HELLO = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}]}
EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
DONE = b"data: [DONE]\n\n"


async def test_an_answer_that_breaks_off_ends_with_an_error_event_and_without_done() -> None:
    async def breaks_off(call: Call) -> None:
        call.start()
        call.event(EVENT)
        await call.writer.drain()
        await asyncio.sleep(0.05)
        call.cut()

    async with engine(breaks_off) as upstream, gateway(route(upstream)) as running:
        answer = await running.ask({**HELLO, "stream": True})
        assert answer.status == 200
        assert answer.body.startswith(EVENT)
        assert b'"code":"upstream_error"' in answer.body
        assert DONE not in answer.body


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_an_engine_stops_when_the_client_is_gone(stream: bool) -> None:
    async def goes_on(call: Call) -> None:
        if stream:
            call.start()
        while True:
            if stream:
                call.event(EVENT)
            await asyncio.sleep(0.01)

    async with engine(goes_on) as upstream, gateway(route(upstream)) as running:
        _, writer = await running.connect()
        writer.write(post({**HELLO, "stream": stream}))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        await asyncio.sleep(0.05)
        writer.transport.abort()
        await asyncio.wait_for(upstream.calls[0].gone.wait(), 5)


async def test_events_leave_as_they_come() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        more = asyncio.Event()

        async def pauses(call: Call) -> None:
            call.start()
            call.event(EVENT)
            await more.wait()
            call.event(DONE)
            call.end()

        upstream.behave = pauses
        reader, writer = await running.connect()
        writer.write(post({**HELLO, "stream": True}))
        await reader.readuntil(b"\r\n\r\n")
        pieces = chunks(reader)
        assert await anext(pieces) == EVENT
        more.set()
        assert [piece async for piece in pieces] == [DONE]
        writer.close()


async def test_a_client_that_does_not_read_slows_the_engine_down_and_loses_nothing() -> None:
    event = b"data: " + b"x" * 65_536 + b"\n\n"
    sent = 0

    async def pours(call: Call) -> None:
        nonlocal sent
        call.start()
        for _ in range(400):
            call.event(event)
            await call.writer.drain()
            sent += 1
        call.end()

    async with engine(pours) as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post({**HELLO, "stream": True}))
        await asyncio.sleep(0.5)
        held = sent
        assert held < 390, "the engine was not held up"
        await reader.readuntil(b"\r\n\r\n")
        assert sum([len(piece) async for piece in chunks(reader)]) == 400 * len(event)
        writer.close()


async def test_a_thousand_streams_at_once_lose_nothing() -> None:
    events = [b'data: {"choices":[{"index":0,"delta":{"content":"%d "}}]}\n\n' % number for number in range(5)]

    async def slowly(call: Call) -> None:
        call.start()
        for event in events:
            call.event(event)
            await asyncio.sleep(0.02)
        call.event(DONE)
        call.end()

    patience = Patience(connect=60)  # a busy machine may take long for a thousand connections at once
    async with engine(slowly) as upstream, gateway(route(upstream), patience=patience) as running:
        answers = await asyncio.gather(*(running.ask({**HELLO, "stream": True}) for _ in range(1000)))
        assert {answer.body for answer in answers} == {b"".join(events) + DONE}


async def test_the_end_of_one_answer_leaves_the_next_one_on_its_connection_alone() -> None:
    patience = Patience(first_byte=5)
    async with engine(streams(EVENT, DONE)) as upstream:
        address = Address(upstream.url, patience, None)
        request = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        first = await address.ask(request)
        ended = Collected()
        first.relay(ended)
        await asyncio.wait_for(ended.whole.wait(), 5)
        asking = asyncio.create_task(address.ask(request))
        await asyncio.sleep(0)
        first.pause()
        first.cancel()
        second = await asyncio.wait_for(asking, 5)
        again = Collected()
        second.relay(again)
        await asyncio.wait_for(again.whole.wait(), 5)
        assert again.data == ended.data == EVENT + DONE
        assert upstream.calls[0].writer is upstream.calls[1].writer, "it is the same connection"
        address.close()


class Collected:
    """A sink that keeps what comes."""

    def __init__(self) -> None:
        self.data = b""
        self.whole = asyncio.Event()

    def feed(self, data: bytes) -> None:
        self.data += data

    def finish(self) -> None:
        self.whole.set()

    def fail(self, fault: UpstreamFault) -> None:
        raise fault
