"""The bound on the bodies of all connections together: what counts, until when, and what a client is told."""

import asyncio

import pytest

from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.bodies import Bodies
from fmops_serving.gateway.server.limits import Limits
from tests.support.gateway import Call, Running, engine, gateway, post, read_answer, route

BOUND = Limits(bodies=100_000)
LARGE = b'{"model": "tiny", "messages": [], "x": "%s"}' % (b"x" * 60_000)


async def settles(running: Running, held: int) -> None:
    """Wait until so many bytes are counted."""
    async with asyncio.timeout(5):
        while running.house.bodies.held != held:  # noqa: ASYNC110 - a counter tells nobody that it changed
            await asyncio.sleep(0.005)


def test_what_has_no_room_is_refused_and_counted() -> None:
    bodies = Bodies(3 << 20)
    bodies.take(2 << 20)
    with pytest.raises(Refusal, match="all of the gateway's 3 MiB"):
        bodies.take((1 << 20) + 1)
    bodies.take(1 << 20)
    bodies.give_back(3 << 20)
    assert (bodies.held, bodies.refused) == (0, 1)


async def test_a_body_that_has_no_room_beside_others_is_refused_and_they_are_not_disturbed() -> None:
    async with engine() as upstream, gateway(route(upstream), limits=BOUND) as running:
        reader, writer = await running.connect()
        writer.write(post(LARGE)[:-1])
        await settles(running, len(LARGE) - 1)
        refused = await running.send(post(LARGE))
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "overloaded", "1")
        assert running.house.bodies.held == len(LARGE) - 1, "what was refused is not held until its client reads why"
        assert (await running.ask({"model": "tiny", "messages": []})).status == 200, "small ones have room"
        writer.write(post(LARGE)[-1:])
        assert (await read_answer(reader)).status == 200
        await settles(running, 0)
        assert (await running.send(post(LARGE))).status == 200
        writer.close()


async def test_a_body_counts_while_it_is_answered() -> None:
    more = asyncio.Event()

    async def waits(call: Call) -> None:
        await more.wait()
        call.answer({})

    async with engine(waits) as upstream, gateway(route(upstream), limits=BOUND) as running:
        asking = asyncio.create_task(running.send(post(LARGE)))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        assert running.house.bodies.held == len(LARGE)
        assert (await running.send(post(LARGE))).status == 503
        more.set()
        assert (await asking).status == 200
        await settles(running, 0)


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        (post(LARGE)[:-1], len(LARGE) - 1),
        (post(LARGE), len(LARGE)),
        (post(LARGE) + post(LARGE)[:-30_000], 2 * len(LARGE) - 30_000),
    ],
    ids=["half sent", "being answered", "behind another"],
)
async def test_a_client_that_leaves_takes_its_bodies_with_it(sent: bytes, held: int) -> None:
    async def hangs(call: Call) -> None:
        await call.gone.wait()

    async with engine(hangs) as upstream, gateway(route(upstream), limits=BOUND) as running:
        _, writer = await running.connect()
        writer.write(sent)
        await settles(running, held)
        writer.transport.abort()
        await settles(running, 0)


async def test_chunks_count_as_what_they_hold_and_what_is_refused_for_another_reason_counts_no_more() -> None:
    head = post(b"").replace(b"content-length: 0", b"transfer-encoding: chunked")
    async with engine() as upstream, gateway(route(upstream), limits=BOUND) as running:
        reader, writer = await running.connect()
        writer.write(head + b"%x\r\n%b\r\n" % (len(LARGE), LARGE))
        await settles(running, len(LARGE))
        writer.write(b"no size of a chunk\r\n")
        assert (await read_answer(reader)).code == "invalid_http"
        await settles(running, 0)
        writer.close()


async def test_refusals_are_told_in_the_log_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    async with gateway(limits=Limits(bodies=10)) as running:
        assert [(await running.send(post(LARGE))).status for _ in range(2)] == [503, 503]
        running.house._tell_refused()
        running.house._tell_refused()
    assert [each.message for each in caplog.records] == ["2 requests were refused: bodies of others take 0 MiB"]
