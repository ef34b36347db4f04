"""Guard rails that ask elsewhere, while they wait: clients that leave, engines that go on, rails that change."""

import asyncio

import pytest

from fmops_serving.gateway import awaitedrelay, relay
from tests.serving.gateway.elsewhere.played import ASKED, STREAMED, detects, guard_model, hangs, judges, remote
from tests.serving.gateway.screen.streams import DONE, chunk, words
from tests.support.gateway import Call, chunks, engine, gateway, post, route, streams


@pytest.mark.parametrize("stream", [False, True], ids=["request", "stream"])
async def test_a_client_that_leaves_ends_the_call_to_the_detector(stream: bool) -> None:
    async with engine(streams(*words("A sentence. And more"))) as model, engine(hangs) as other:
        rail = remote(other, timeout="30s", direction="Output" if stream else "Input")
        async with gateway(route(model, **rail)) as running:
            _, writer = await running.connect()
            writer.write(post(STREAMED if stream else ASKED))
            await asyncio.wait_for(other.arrived.wait(), 5)
            writer.transport.abort()
            await asyncio.wait_for(other.calls[0].gone.wait(), 5)


async def test_a_client_hears_something_while_a_detector_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT", 0.05)
    events = [*words("A sentence. And"), chunk(finish="stop"), DONE]
    async with (
        engine(streams(*events)) as model,
        engine(detects(1.5)) as other,
        gateway(route(model, **remote(other, direction="Output"))) as running,
    ):
        reader, writer = await running.connect()
        writer.write(post(STREAMED))
        await reader.readuntil(b"\r\n\r\n")
        first = await anext(chunks(reader))
        assert first.startswith(b": text is held")
        writer.close()


async def test_an_engine_is_paused_while_much_waits_for_a_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaitedrelay, "MOST_BEHIND", 1 << 16)
    sentence = chunk(content="x" * 16_000 + ". ")
    sent = 0
    may = asyncio.Event()

    async def pours(call: Call) -> None:
        nonlocal sent
        call.start()
        for _ in range(1000):
            call.event(sentence)
            await call.writer.drain()
            sent += 1
        call.end()

    async def waits(call: Call) -> None:
        await may.wait()
        call.answer([[] for _ in call.json["contents"]])

    async with (
        engine(pours) as model,
        engine(waits) as other,
        gateway(route(model, **remote(other, timeout="30s", direction="Output"))) as running,
    ):
        _, writer = await running.connect()
        writer.write(post(STREAMED))
        await asyncio.wait_for(other.arrived.wait(), 5)
        await asyncio.sleep(0.3)
        held = sent
        assert held < 990, "the engine was not held up"
        writer.transport.abort()
        await asyncio.wait_for(model.calls[0].gone.wait(), 5)


async def test_texts_of_one_request_are_asked_about_together_and_a_guard_model_s_are_bounded() -> None:
    many = {**ASKED, "messages": [{"role": "user", "content": f"Text number {n}"} for n in range(100)]}
    open_calls = most = 0

    async def counts(call: Call) -> None:
        nonlocal open_calls, most
        open_calls += 1
        most = max(most, open_calls)
        await asyncio.sleep(0.01)
        open_calls -= 1
        judges(call)

    async with engine() as model, engine(detects()) as detector, engine(counts) as guard:
        async with gateway(route(model, **remote(detector, direction="Input"))) as running:
            assert (await running.ask(many)).status == 200
        assert sorted(len(each.json["contents"]) for each in detector.calls) == [36, 64]
        async with gateway(route(model, **guard_model(guard, direction="Input"))) as running:
            assert (await running.ask(many)).status == 200
        assert len(guard.calls) == 100
        assert 2 <= most <= 16
        assert guard.calls[0].headers["authorization"] == "Bearer guard-key"
        assert guard.calls[0].json["model"] == "real-guard"


async def test_other_rails_are_in_force_for_the_next_request_and_lose_none_that_is_on_its_way() -> None:
    may = asyncio.Event()

    async def waits(call: Call) -> None:
        await may.wait()
        call.answer([[] for _ in call.json["contents"]])

    async with (
        engine() as model,
        engine(waits) as first,
        engine(detects()) as second,
        gateway(route(model, **remote(first))) as running,
    ):
        early = asyncio.create_task(running.ask(ASKED))
        await asyncio.wait_for(first.arrived.wait(), 5)
        running.routes.replace([route(model, **remote(second))])
        assert (await running.ask(ASKED)).status == 200
        assert len(second.calls) == 2
        may.set()
        assert (await early).status == 200
        # Nobody uses the first one's connections any more.
        await asyncio.wait_for(first.calls[-1].gone.wait(), 5)


async def test_other_pods_leave_the_rails_and_their_connections_as_they_are() -> None:
    async with (
        engine() as model,
        engine() as another,
        engine(detects()) as other,
        gateway(route(model, **remote(other))) as running,
    ):
        assert (await running.ask(ASKED)).status == 200
        running.routes.replace([route(model, another, **remote(other))])
        assert (await running.ask(ASKED)).status == 200
        assert len({id(each.writer) for each in other.calls}) == 1
