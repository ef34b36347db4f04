"""Anthropic behind a whole gateway: a server that refuses what the real one refuses, rails, errors and streams."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.gateway.dialects.test_anthropic_stream import chunks
from tests.support.anthropic_server import KEY, AnthropicServer, Fault, Message, anthropic_server, text
from tests.support.gateway import Answered, gateway, route

HELLO = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}]}
STREAM = {**HELLO, "stream": True}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}


@pytest.fixture(scope="module")
def anthropic() -> Iterator[AnthropicServer]:
    with anthropic_server() as server:
        yield server


async def asked(server: AnthropicServer, body: Any, says: Message | Fault, key: str = KEY, **fields: Any) -> Answered:
    """Ask once."""
    server.behave = lambda _: says
    backend = {"api": "Anthropic", "urls": [server.url], "model": "claude-test", "apiKey": key}
    async with gateway(route(server.url, backends=[backend], **fields)) as running:
        return await running.ask(body)


async def test_a_whole_answer_goes_back_with_its_reasoning_and_its_tools(anthropic: AnthropicServer) -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    said = Message([THOUGHT, {"type": "text", "text": "wait"}, USE], "tool_use")
    first = await asked(anthropic, {**HELLO, "tools": tools}, said)
    message = first.json["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": "toolu_1", "content": "42"}
    again = {**HELLO, "tools": tools, "messages": [*HELLO["messages"], message, result]}
    done = await asked(anthropic, again, text("yes"))
    assert (done.status, done.json["choices"][0]["message"]["content"]) == (200, "yes")
    assert anthropic.asked[-1]["messages"][1] == {"role": "assistant", "content": list(said.content)}
    assert anthropic.refused == []


async def test_a_stream_is_one_of_the_openai_api(anthropic: AnthropicServer) -> None:
    answer = await asked(anthropic, STREAM, text("yes indeed"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks(answer.body)) == "yes indeed"


async def test_rails_hold_a_translated_stream(anthropic: AnthropicServer) -> None:
    rail = {"name": "no-secret", "detector": "Regex", "pattern": "secret", "direction": "Output", "action": "Block"}
    answer = await asked(anthropic, STREAM, text("this is a secret of mine"), guardrails=[rail])
    assert b"secret" not in answer.body.replace(b"no-secret", b"")
    assert chunks(answer.body)[-1]["choices"][0]["finish_reason"] == "content_filter"
    thought = Message([{**THOUGHT, "thinking": "the secret"}, {"type": "text", "text": "yes"}])
    assert b"secret" not in (await asked(anthropic, HELLO, thought, guardrails=[rail])).body.replace(b"no-secret", b"")


ERRORS = [
    (Fault(529, "overloaded_error", "Overloaded"), 503, "overloaded_error"),
    (Fault(429, "rate_limit_error", "slow"), 429, "rate_limit_error"),
    (Fault(400, "invalid_request_error", "no"), 400, "invalid_request_error"),
    (Fault(402, "billing_error", "pay"), 502, "upstream_billing_error"),
    (Fault(500, "api_error", "oops"), 500, "api_error"),
]


async def test_errors_have_the_openai_apis_shape_whole_and_streamed(anthropic: AnthropicServer) -> None:
    backend = {"api": "Anthropic", "urls": [anthropic.url], "model": "claude-test", "apiKey": KEY}
    faults: list[Fault] = []
    anthropic.behave = lambda _: faults[-1]
    async with gateway(route(anthropic.url, backends=[backend])) as running:
        for fault, status, code in ERRORS:
            faults.append(fault)
            for body in (HELLO, STREAM):
                answer = await running.ask(body)
                assert (answer.status, answer.code) == (status, code)
                assert ("retry-after" in answer.headers) == (status in {429, 503})


async def test_a_wrong_key_of_the_gateway_is_not_the_clients(anthropic: AnthropicServer) -> None:
    answer = await asked(anthropic, HELLO, text("yes"), key="sk-old")
    assert (answer.status, answer.code) == (502, "upstream_authentication_error")
    assert b"sk-old" not in answer.body
    anthropic.refused.clear()


async def test_an_error_in_the_middle_ends_the_stream_with_it(anthropic: AnthropicServer) -> None:
    answer = await asked(anthropic, STREAM, Fault(529, "overloaded_error", "Overloaded", late=True))
    assert answer.status == 200
    assert chunks(answer.body)[-1]["error"]["code"] == "overloaded_error"


async def test_json_that_is_nested_without_end_is_refused(anthropic: AnthropicServer) -> None:
    deep = (
        b'{"model": "tiny", "messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function":'
    )
    deep += b'{"name": "f", "parameters": ' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}}]}"
    answer = await asked(anthropic, deep, text("yes"))
    assert (answer.status, answer.code) == (400, "invalid_json")


async def test_what_cannot_be_said_never_leaves_the_gateway(anthropic: AnthropicServer) -> None:
    before = len(anthropic.asked)
    answer = await asked(anthropic, {**HELLO, "seed": 7}, text("yes"))
    assert (answer.status, json.loads(answer.body)["error"]["param"], len(anthropic.asked)) == (400, "seed", before)
