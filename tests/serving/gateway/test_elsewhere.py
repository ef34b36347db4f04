"""Guard rails that ask elsewhere, over real sockets: a detector behind HTTP and a guard model behind the OpenAI API."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from fmops_serving.gateway import awaitedrelay, relay
from tests.serving.gateway.screen.streams import DONE, chunk, text_of, words
from tests.support.gateway import COMPLETION, Behaviour, Call, Engine, chunks, engine, gateway, post, route, streams

BAD = "forbidden phrase"
ASKED = {"model": "tiny", "messages": [{"role": "user", "content": "Say something"}]}
STREAMED = {**ASKED, "stream": True}


def detects(wait: float = 0.0) -> Behaviour:
    """A detector of the FMS contract that finds the phrase."""

    async def behave(call: Call) -> None:
        await asyncio.sleep(wait)
        assert call.path == "/api/v1/text/contents"
        call.answer([_found(text) for text in call.json["contents"]])

    return behave


def _found(text: str) -> list[dict[str, Any]]:
    start = text.find(BAD)
    places = {"start": start, "end": start + len(BAD), "score": 0.9}
    return [{"detection": "Phrase", "detection_type": "phrases", **places}] if start >= 0 else []


def judges(call: Call) -> None:
    """A guard model that knows the phrase."""
    unsafe = BAD in call.json["messages"][0]["content"]
    message = {"role": "assistant", "content": "unsafe\nS10" if unsafe else "safe"}
    call.answer({**COMPLETION, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


async def judging(call: Call) -> None:
    judges(call)


def remote(detector: Engine, **fields: Any) -> dict[str, Any]:
    """A route's rail that asks a detector."""
    url = detector.url.removesuffix("/v1")
    rail = {"name": "there", "detector": "Remote", "remote": {"url": url, "detector": "phrases"}, "timeout": "10s"}
    return {"guardrails": [{**rail, **fields}]}


def guard_model(guard: Engine, **fields: Any) -> dict[str, Any]:
    """A route's rail that asks a guard model."""
    model = {"model": {"name": "guard"}, "style": "LlamaGuard"}
    rail = {"name": "there", "detector": "GuardModel", "guardModel": model, "timeout": "10s"}
    endpoint = {"rail": "there", "url": guard.url, "model": "real-guard", "apiKey": "guard-key"}
    return {"guardrails": [{**rail, **fields}], "railEndpoints": [endpoint]}


Rail = Callable[..., dict[str, Any]]
BOTH = pytest.mark.parametrize(
    ("rail", "asked"), [(remote, detects()), (guard_model, judging)], ids=["detector", "guard model"]
)


def answers(text: str) -> Behaviour:
    """A model that answers this."""

    async def behave(call: Call) -> None:
        message = {"role": "assistant", "content": text}
        call.answer({**COMPLETION, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    return behave


@BOTH
async def test_a_request_is_blocked_before_the_model_is_asked(rail: Rail, asked: Behaviour) -> None:
    async with engine() as model, engine(asked) as other, gateway(route(model, **rail(other))) as running:
        said = {**ASKED, "messages": [{"role": "user", "content": f"Say {BAD}"}]}
        blocked = await running.ask(said)
        assert (blocked.status, blocked.code) == (400, "content_filter")
        assert BAD not in blocked.body.decode()
        assert model.calls == []
        assert (await running.ask(ASKED)).status == 200


@BOTH
async def test_an_answer_is_blocked_redacted_or_let_go(rail: Rail, asked: Behaviour) -> None:
    async with engine(answers(f"Say {BAD}!")) as model, engine(asked) as other:
        output = {"direction": "Output"}
        async with gateway(route(model, **rail(other, **output))) as running:
            choice = (await running.ask(ASKED)).json["choices"][0]
            assert (choice["message"]["content"], choice["finish_reason"]) == ("", "content_filter")
        async with gateway(route(model, **rail(other, **output, action="Redact"))) as running:
            text = (await running.ask(ASKED)).json["choices"][0]["message"]["content"]
            # A guard model says of a text that it is unsafe, and not where.
            assert text == ("Say [Phrase]!" if rail is remote else "[S10]")
        async with gateway(route(model, **rail(other, **output, action="Annotate"))) as running:
            assert (await running.ask(ASKED)).json["choices"][0]["message"]["content"] == f"Say {BAD}!"


@BOTH
@pytest.mark.parametrize("streaming", ["Window", "Buffer"])
async def test_a_stream_is_cut_off_and_its_engine_is_left(rail: Rail, asked: Behaviour, streaming: str) -> None:
    async def goes_on(call: Call) -> None:
        call.start()
        for event in words(f"This is fine. But {BAD} is not. And it goes on and on. "):
            call.event(event)
        if streaming == "Buffer":
            call.event(chunk(finish="stop"))
        await asyncio.sleep(30)

    async with (
        engine(goes_on) as model,
        engine(asked) as other,
        gateway(route(model, **rail(other, streaming=streaming))) as running,
    ):
        answer = await running.ask(STREAMED)
        assert answer.status == 200
        assert text_of(answer.body) == ("This is " if streaming == "Window" else "")
        assert b'"finish_reason":"content_filter"' in answer.body
        assert answer.body.endswith(DONE)
        await asyncio.wait_for(model.calls[0].gone.wait(), 5)


async def test_a_stream_in_which_nothing_is_found_leaves_byte_for_byte() -> None:
    events = [*words("One sentence. Another one! A third, and so on? " * 20), chunk(finish="stop"), DONE]
    async with (
        engine(streams(*events)) as model,
        engine(detects(0.001)) as other,
        gateway(route(model, **remote(other))) as running,
    ):
        first, second = await asyncio.gather(running.ask(STREAMED), running.ask(STREAMED))
        assert first.body == second.body == b"".join(events)


async def test_what_hides_in_a_tool_s_argument_is_found_over_its_events() -> None:
    parts = [f'{{"body": "{BAD[:6]}', f'{BAD[6:]}"', "}"]
    calls = [chunk(tool_calls=[{"index": 0, "function": {"name": "mail", "arguments": part}}]) for part in parts]
    async with (
        engine(streams(*calls, chunk(finish="tool_calls"), DONE)) as model,
        engine(detects()) as other,
        gateway(route(model, **remote(other))) as running,
    ):
        answer = await running.ask(STREAMED)
        assert b"phrase" not in answer.body
        assert b"content_filter" in answer.body
        said = {"role": "assistant", "tool_calls": [{"function": {"name": "mail", "arguments": f"{BAD}"}}]}
        asked = await running.ask({**ASKED, "messages": [*ASKED["messages"], said]})
        assert asked.code == "content_filter"


async def garbage(call: Call) -> None:
    call.answer(b"<html>", kind="text/html")


async def refuses(call: Call) -> None:
    call.answer({"error": "no"}, status=500)


async def hangs(call: Call) -> None:
    await asyncio.sleep(60)


async def cuts(call: Call) -> None:
    call.cut()


@pytest.mark.parametrize("fault", [garbage, refuses, hangs, cuts], ids=lambda each: each.__name__)
@BOTH
async def test_a_detector_that_fails_closes_or_is_passed_by(rail: Rail, asked: Behaviour, fault: Behaviour) -> None:
    text = "This is fine. And so on."
    async with engine() as model, engine(fault) as other:
        fields = {"timeout": "100ms"}
        for direction, stream in (("Input", False), ("Output", False), ("Output", True)):
            model.behave = streams(*words(text), chunk(finish="stop"), DONE) if stream else answers(text)
            body = STREAMED if stream else ASKED
            async with gateway(route(model, **rail(other, **fields, direction=direction))) as running:
                closed = await running.ask(body)
                assert (closed.status, closed.code) == (503, "guardrail_unavailable")
                assert b"fine" not in closed.body
            passing = rail(other, **fields, direction=direction, failurePolicy="Ignore")
            async with gateway(route(model, **passing)) as running:
                assert b"fine" in (await running.ask(body)).body


async def test_a_detector_that_is_not_there_fails_at_once() -> None:
    nowhere: dict[str, Any] = {"url": "http://127.0.0.1:9", "detector": "x"}
    away = {"name": "there", "detector": "Remote", "remote": nowhere}
    lost: dict[str, Any] = {"name": "lost", "detector": "GuardModel", "timeout": "10s"}
    lost |= {"guardModel": {"model": {"name": "guard"}, "style": "LlamaGuard"}}
    unmounted = {"name": "unmounted", "detector": "Classifier", "classifier": "hap"}
    keyless = {**away, "remote": {**nowhere, "apiKeySecretRef": {"name": "s", "key": "k"}}}
    async with engine() as model:
        for rail in (away, lost, unmounted, keyless):
            began = time.monotonic()
            async with gateway(route(model, guardrails=[rail])) as running:
                assert (await running.ask(ASKED)).code == "guardrail_unavailable"
                assert time.monotonic() - began < 5
    assert model.calls == []


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


async def test_what_rails_elsewhere_led_to_is_counted() -> None:
    async with (
        engine(answers(f"Say {BAD}!")) as model,
        engine(detects()) as other,
        gateway(route(model, **remote(other))) as running,
    ):
        await running.ask(ASKED)
        page = running.recorder.page()[0].decode()
    found = 'fmops_guard_checks_total{namespace="support",model="tiny",detector="Remote",rail="there"'
    assert f'{found},direction="Output",outcome="blocked"}} 1' in page
    assert f'{found},direction="Input",outcome="allowed"}} 1' in page
