"""The Responses API over the Messages API: what Anthropic is asked, what the client is told, whole and streamed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.dialects.anthropic.responses.request import chat_request
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.refusal import Refusal
from tests.serving.gateway.dialects.exchanges import ANTHROPIC, exchange
from tests.support.anthropic_server import KEY, AnthropicServer, Fault, Message, anthropic_server, text
from tests.support.gateway import Answered, gateway, route

ASK = {"model": "tiny", "input": "hello"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
SCHEMA = {"type": "json_schema", "name": "s", "schema": {"type": "object"}, "strict": True}
CALLED = {"type": "function_call", "id": "fc_1", "call_id": "toolu_1", "name": "f", "arguments": '{"a": 1}'}
RETURNED = {"type": "function_call_output", "call_id": "toolu_1", "output": "42"}
CALL = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
PICTURE = {"type": "input_image", "image_url": "https://a.test/a.png", "detail": "auto"}
SAID = {"type": "output_text", "text": "hi", "annotations": []}


@pytest.fixture(scope="module")
def anthropic() -> Iterator[AnthropicServer]:
    with anthropic_server() as server:
        yield server


async def asked(server: AnthropicServer, body: Any, says: Message | Fault, **fields: Any) -> Answered:
    """Ask once."""
    server.behave = lambda _: says
    backend = {"api": "Anthropic", "urls": [server.url], "model": "claude-test", "apiKey": KEY}
    async with gateway(route(server.url, backends=[backend], **fields)) as running:
        return await running.ask(body, "/v1/responses")


def events(answer: Answered) -> list[dict[str, Any]]:
    """Read the events, each named by its type and numbered in its turn."""
    found = []
    for number, event in enumerate(answer.body.decode().split("\n\n")[:-1]):
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert (found[-1]["type"], found[-1]["sequence_number"]) == (name.removeprefix("event: "), number)
    return found


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ("hello", [{"role": "user", "content": "hello"}]),
        ([{"role": "developer", "content": "Be kind"}], [{"role": "developer", "content": "Be kind"}]),
        (
            [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "see"}, PICTURE]}],
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "see"},
                        {"type": "image_url", "image_url": {"url": "https://a.test/a.png", "detail": "auto"}},
                    ],
                }
            ],
        ),
        (
            [{"type": "message", "id": "m", "status": "completed", "role": "assistant", "content": [SAID]}],
            [{"role": "assistant", "content": [{"type": "text", "text": "hi"}]}],
        ),
        (
            [CALLED, RETURNED],
            [
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "toolu_1", "content": "42"},
            ],
        ),
    ],
    ids=["text", "a role", "parts", "an answer that comes back", "a call and its result"],
)
def test_input_becomes_messages(given: Any, messages: Any) -> None:
    assert chat_request({"model": "m", "input": given}) == {"model": "m", "messages": messages}


def test_every_wish_has_its_place_in_a_chat() -> None:
    wishes = {
        "instructions": "Be kind",
        "max_output_tokens": 9,
        "tools": [TOOL],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": SCHEMA},
        "reasoning": {"effort": "none"},
        "temperature": 1,
        "store": True,
        "metadata": {},
    }
    assert chat_request({**ASK, **wishes}) == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "hello"}],
        "max_completion_tokens": 9,
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "s", "schema": {"type": "object"}, "strict": True},
        },
        "reasoning_effort": "none",
        "temperature": 1,
    }


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"reasoning": {"effort": "high"}}, "reasoning"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"of_tomorrow": 1}, "of_tomorrow"),
        ({"input": 3}, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input[0].content[0].type"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"text": {"format": {"type": "json_object"}}}, "text.format.type"),
        ({"text": {"verbosity": "low"}}, "text.verbosity"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_said_is_refused_by_name(wrong: dict[str, Any], param: str) -> None:
    with pytest.raises(Refusal) as caught:
        chat_request({**ASK, **wrong})
    assert (caught.value.status, caught.value.param) == (400, param)


def user(part: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "input_text", "text": "see"}, part]}


TEXT_AS_PDF = {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}


@pytest.mark.parametrize(
    ("wrong", "param", "words"),
    [
        ({"input": ""}, "input", "is empty"),
        ({"input": []}, "input", "needs a message with role user"),
        ({"input": [{"role": "user", "content": ""}]}, "input[0].content", "is empty"),
        ({"input": [{"role": "assistant", "content": []}]}, "input[0].content", "is empty"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role", "Anthropic has no role 'robot'"),
        ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role", "function_call_output"),
        ({"instructions": "Be kind", "input": [{"role": "robot", "content": "x"}]}, "input[0].role", "no role"),
        (
            {"input": [{"role": "system", "content": [PICTURE]}]},
            "input[0].content[0].type",
            "Anthropic takes input_text here, found 'input_image'",
        ),
        ({"input": [user({**PICTURE, "detail": "high"})]}, "input[0].content[1].detail", "resolution"),
        ({"input": [user({**PICTURE, "image_url": None})]}, "input[0].content[1].image_url", "found null"),
        ({"input": [user({**PICTURE, "image_url": "http://a"})]}, "input[0].content[1].image_url", "https://"),
        ({"input": [user(TEXT_AS_PDF)]}, "input[0].content[1].file_data", "holds text/plain"),
        ({"input": [user({"type": "input_file"})]}, "input[0].content[1].file_data", "found null"),
        ({"input": ["hello"]}, "input[0]", "must be an object"),
        ({"input": [{**CALLED, "call_id": None}]}, "input[0].call_id", "found null"),
        ({"input": [{**CALLED, "name": 3}]}, "input[0].name", "found a number"),
        ({"input": [{**CALLED, "arguments": "[]"}]}, "input[0].arguments", "JSON object"),
        ({"input": [CALLED, {**RETURNED, "call_id": None}]}, "input[1].call_id", "found null"),
        ({"input": [CALLED, {**RETURNED, "output": 3}]}, "input[1].output", "must be a list"),
        ({"input": [CALLED, {**RETURNED, "output": [TEXT_AS_PDF]}]}, "input[1].output[0].file_data", "text/plain"),
        ({"max_output_tokens": 0}, "max_output_tokens", "whole number"),
        ({"tools": [{**TOOL, "name": ""}]}, "tools[0].name", "is empty"),
        ({"tools": [{**TOOL, "parameters": 3}]}, "tools[0].parameters", "must be an object"),
        ({"tools": [{**TOOL, "of_tomorrow": 1}]}, "tools[0].of_tomorrow", "no such field"),
        ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice.name", "found null"),
        ({"text": {"format": {**SCHEMA, "schema": None}}}, "text.format.schema", "found null"),
        ({"text": {"format": {**SCHEMA, "of_tomorrow": 1}}}, "text.format.of_tomorrow", "no such field"),
        ({"messages[7]": 3}, "messages[7]", "no such field"),
        ({"temperature": 3}, "temperature", "from 0 to 2"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_refusal_names_the_clients_own_field(wrong: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        Anthropic().request(exchange({**ASK, **wrong}, Kind.RESPONSES), ANTHROPIC)
    refusal = caught.value
    assert (refusal.status, refusal.param) == (400, param)
    assert refusal.message.startswith(f"{param}: ")
    assert words in refusal.message
    assert "messages" not in refusal.message.removeprefix(param)


async def test_a_whole_answer_and_its_tools_go_there_and_back(anthropic: AnthropicServer) -> None:
    said = Message([{"type": "text", "text": "wait"}, USE], "tool_use")
    first = (await asked(anthropic, {**ASK, "tools": [TOOL]}, said)).json
    assert (first["object"], first["status"], first["store"], first["model"]) == (
        "response", "completed", False, "claude-test",
    )  # fmt: skip
    message, call = first["output"]
    assert message["content"] == [{"type": "output_text", "text": "wait", "annotations": [], "logprobs": []}]
    assert (call["type"], call["call_id"], json.loads(call["arguments"])) == ("function_call", "toolu_1", {"a": 1})
    assert first["usage"] == {
        "input_tokens": 18, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 25,
    }  # fmt: skip
    history = [{"role": "user", "content": "hello"}, message, call, RETURNED]
    done = await asked(anthropic, {**ASK, "input": history, "tools": [TOOL]}, text("yes"))
    assert done.json["output"][0]["content"][0]["text"] == "yes"
    assert [each["role"] for each in anthropic.asked[-1]["messages"]] == ["user", "assistant", "user"]
    assert anthropic.asked[-1]["messages"][1]["content"][-1] == USE
    assert anthropic.refused == []


async def test_a_stream_tells_each_part_and_then_the_whole(anthropic: AnthropicServer) -> None:
    said = Message([{"type": "text", "text": "wait a bit"}, USE, {**USE, "id": "toolu_2", "input": {}}], "tool_use")
    found = events(await asked(anthropic, {**ASK, "tools": [TOOL], "stream": True}, said))
    assert [each["type"] for each in found[:4]] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    ]  # fmt: skip
    words = [each["delta"] for each in found if each["type"] == "response.output_text.delta"]
    assert "".join(words) == "wait a bit"
    arguments = [each["arguments"] for each in found if each["type"] == "response.function_call_arguments.done"]
    assert [json.loads(each) for each in arguments] == [{"a": 1}, {}]
    done = [each["item"] for each in found if each["type"] == "response.output_item.done"]
    last = found[-1]["response"]
    assert (found[-1]["type"], last["output"]) == ("response.completed", done)
    assert [each["type"] for each in done] == ["message", "function_call", "function_call"]
    assert last["usage"]["output_tokens"] == 7
    assert {each["output_index"] for each in found if "output_index" in each} == {0, 1, 2}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_an_answer_that_was_cut_says_so(anthropic: AnthropicServer, stream: bool) -> None:
    answer = await asked(anthropic, {**ASK, "stream": stream}, text("yes", stop_reason="max_tokens"))
    found = events(answer)[-1]["response"] if stream else answer.json
    assert (found["status"], found["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


async def test_rails_hold_it_whole_and_streamed(anthropic: AnthropicServer) -> None:
    rail = {"name": "word", "detector": "Regex", "pattern": "secret", "direction": "Output", "action": "Block"}
    for stream in (False, True):
        answer = await asked(anthropic, {**ASK, "stream": stream}, text("this is a secret of mine"), guardrails=[rail])
        assert b"secret" not in answer.body
        assert b"content_filter" in answer.body


async def test_errors_have_their_shape_and_a_late_one_ends_the_stream(anthropic: AnthropicServer) -> None:
    fault = Fault(529, "overloaded_error", "Overloaded")
    assert (await asked(anthropic, ASK, fault)).status == 503
    late = Fault(500, "api_error", "oops", late=True)
    found = events(await asked(anthropic, {**ASK, "stream": True}, late))
    assert (found[-1]["type"], found[-1]["code"]) == ("error", "api_error")
    assert "response.completed" not in [each["type"] for each in found]
