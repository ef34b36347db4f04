"""Guard rails that ask elsewhere, over real sockets: what they find is blocked, redacted, cut off and counted."""

import asyncio

import pytest

from tests.serving.gateway.elsewhere.played import ASKED, BAD, BOTH, STREAMED, Rail, answers, detects, remote
from tests.serving.gateway.screen.streams import DONE, chunk, text_of, words
from tests.support.gateway import Behaviour, Call, engine, gateway, route, streams


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
