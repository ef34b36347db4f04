"""Requests on their way while what they go to comes, changes or goes: pods, keys, the model, the gateway itself."""

import asyncio

import pytest

from tests.support.gateway import COMPLETION, Call, engine, gateway, post, read_answer, route

HELLO = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}]}


async def cuts(call: Call) -> None:
    call.cut()


async def test_a_request_waits_for_a_model_without_a_pod() -> None:
    async with engine() as upstream, gateway(route(), queue=1) as running:
        waiting = asyncio.create_task(running.ask(HELLO))
        await asyncio.sleep(0.05)
        full = await running.ask(HELLO)
        assert (full.status, full.code, full.headers["retry-after"]) == (503, "model_unavailable", "5")
        running.routes.replace([route(upstream)])
        assert (await waiting).status == 200


async def test_a_key_that_goes_while_its_request_waits_opens_nothing() -> None:
    async with engine() as upstream, gateway(route()) as running:
        waiting = asyncio.create_task(running.ask(HELLO))
        await asyncio.sleep(0.05)
        other = {"keys": [{"name": "web", "digest": f"sha256:{'0' * 64}"}]}
        running.routes.replace([route(upstream, access=other)])
        assert (await waiting).status == 401
        assert upstream.calls == []


async def test_a_request_whose_pods_all_went_is_answered_by_those_that_came() -> None:
    kept = asyncio.Event()

    async def goes(call: Call) -> None:
        await kept.wait()
        call.cut()

    async with engine(goes) as old, engine() as new, gateway(route(old)) as running:
        waiting = asyncio.create_task(running.ask(HELLO))
        await asyncio.wait_for(old.arrived.wait(), 5)
        running.routes.replace([route(new)])
        kept.set()
        assert (await waiting).json == COMPLETION
        running.routes.replace([route(new, balancing="PrefixAffinity")])
        new.behave = cuts
        assert (await running.ask(HELLO)).code == "upstream_error"


async def test_a_request_does_not_wait_forever() -> None:
    async with gateway(route(), wait=0.1) as running:
        assert (await running.ask(HELLO)).code == "model_unavailable"


async def test_an_answer_that_runs_ends_well_when_the_gateway_is_told_to_end() -> None:
    more = asyncio.Event()

    async def pauses(call: Call) -> None:
        await more.wait()
        call.answer(COMPLETION)

    async with engine(pauses) as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post(HELLO))
        await upstream.arrived.wait()
        ending = asyncio.create_task(running.house.close(5))
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await running.connect()
        more.set()
        answer = await read_answer(reader)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await ending == 0
        writer.close()


async def test_a_model_that_is_removed_ends_what_it_began_and_keeps_no_connection() -> None:
    more = asyncio.Event()

    async def pauses(call: Call) -> None:
        await more.wait()
        call.answer(COMPLETION)

    async with engine(pauses) as upstream, gateway(route(upstream)) as running:
        waiting = asyncio.create_task(running.ask(HELLO))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        running.routes.replace(())
        assert (await running.ask(HELLO)).status == 401, "the key opens nothing any more"
        more.set()
        assert (await waiting).json == COMPLETION
        await asyncio.wait_for(upstream.calls[0].gone.wait(), 5)
