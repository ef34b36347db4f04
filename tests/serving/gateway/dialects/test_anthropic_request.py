"""What a chat request becomes at Anthropic. Everything written is also held against what the real API takes."""

from typing import Any

import orjson
import pytest

from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.refusal import Refusal
from tests.serving.gateway.dialects.exchanges import ANTHROPIC, exchange
from tests.support.anthropic_messages import MessageRequest

HELLO = [{"role": "user", "content": "hello"}]


SAID = [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]


TOOL = {"type": "function", "function": {"name": "f", "description": "does", "parameters": {"properties": {}}}}


TOOL_THERE = {"name": "f", "description": "does", "input_schema": {"type": "object", "properties": {}}}


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


CALL = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


CALLED = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": None, "tool_calls": [CALL]}]


USED = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}


PNG = "data:image/png;base64,iVBORw0KGgo="


def asked(**body: Any) -> dict[str, Any]:
    """Translate a request."""
    outgoing = Anthropic().request(exchange({"model": "team/claude", "messages": HELLO, **body}), ANTHROPIC)
    found: dict[str, Any] = orjson.loads(outgoing.body)
    return found


FIELDS: list[Any] = [
    pytest.param({}, {}, id="nothing but messages: the default of max_tokens"),
    pytest.param({"max_tokens": 5}, {"max_tokens": 5}, id="max_tokens"),
    pytest.param({"max_completion_tokens": 6}, {"max_tokens": 6}, id="its newer name"),
    pytest.param({"temperature": 0.3, "top_p": 0.9}, {"temperature": 0.3, "top_p": 0.9}, id="sampling"),
    pytest.param({"temperature": 1.7}, {"temperature": 1}, id="a temperature beyond Anthropic's scale"),
    pytest.param({"top_k": 40}, {"top_k": 40}, id="top_k, which vLLM and Anthropic share"),
    pytest.param({"stop": "END"}, {"stop_sequences": ["END"]}, id="one stop"),
    pytest.param({"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}, id="some stops"),
    pytest.param({"stop": None, "seed": None, "logit_bias": {}, "n": 1, "logprobs": False}, {}, id="what says nothing"),
    pytest.param({"frequency_penalty": 0.0, "presence_penalty": 0, "store": False}, {}, id="what is so anyway"),
    pytest.param({"user": "u1"}, {"metadata": {"user_id": "u1"}}, id="user"),
    pytest.param({"safety_identifier": "u2"}, {"metadata": {"user_id": "u2"}}, id="safety_identifier"),
    pytest.param({"service_tier": "default"}, {"service_tier": "standard_only"}, id="service_tier"),
    pytest.param({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}, id="stream"),
    pytest.param({"stream": False}, {}, id="no stream"),
    pytest.param({"tools": [TOOL]}, {"tools": [TOOL_THERE]}, id="a tool"),
    pytest.param(
        {"tools": [{"type": "function", "function": {"name": "f", "strict": True}}]},
        {"tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}, "strict": True}]},
        id="a strict tool without parameters",
    ),
    pytest.param(
        {"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL_THERE], "tool_choice": {"type": "any"}},
        id="a tool must be used",
    ),
    pytest.param(
        {"tools": [TOOL], "tool_choice": "none", "parallel_tool_calls": False},
        {"tools": [TOOL_THERE], "tool_choice": {"type": "none"}},
        id="no tool may be used",
    ),
    pytest.param(
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"tools": [TOOL_THERE], "tool_choice": {"type": "tool", "name": "f"}},
        id="this tool",
    ),
    pytest.param(
        {"tools": [TOOL], "parallel_tool_calls": False},
        {"tools": [TOOL_THERE], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        id="one tool at a time",
    ),
    pytest.param({"tools": [TOOL], "parallel_tool_calls": True}, {"tools": [TOOL_THERE]}, id="tools side by side"),
    pytest.param(
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        id="structured output",
    ),
    pytest.param({"response_format": {"type": "text"}}, {}, id="plain text"),
    pytest.param(
        {"reasoning_effort": "minimal"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}, "max_tokens": 16384},
        id="reasoning",
    ),
    pytest.param({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}, id="no reasoning"),
    pytest.param(
        {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        {"thinking": {"type": "enabled", "budget_tokens": 2048}, "max_tokens": 2048 + 4096},
        id="reasoning of older models, in Anthropic's words",
    ),
    pytest.param(
        {"reasoning_effort": "high", "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
        {
            "thinking": {"type": "adaptive"},
            "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}},
            "max_tokens": 16384,
        },
        id="reasoning and structured output",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), FIELDS)
def test_fields(given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = asked(**given)
    assert found == {"model": "claude-test", "messages": SAID, "max_tokens": 4096, **expected}
    MessageRequest.model_validate(found)


MESSAGES: list[Any] = [
    pytest.param(
        [{"role": "system", "content": "be kind"}, {"role": "developer", "content": "be brief"}, *HELLO],
        {"system": [{"type": "text", "text": "be kind"}, {"type": "text", "text": "be brief"}], "messages": SAID},
        id="system texts stand apart",
    ),
    pytest.param(
        [*HELLO, {"role": "system", "content": "be brief"}],
        {"messages": [*SAID, {"role": "system", "content": [{"type": "text", "text": "be brief"}]}]},
        id="one in the middle stays there",
    ),
    pytest.param(
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG, "detail": "auto"}}]}],
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {
            "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]}]},
        id="an image inside",
    ),
    pytest.param(
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.test/b.png"}}]}],
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {
            "type": "url", "url": "https://a.test/b.png"}}]}]},
        id="an image elsewhere",
    ),
    pytest.param(
        [{"role": "user", "content": [
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"}}]}],
        {"messages": [{"role": "user", "content": [{"type": "document", "title": "a.pdf", "source": {
            "type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}}]}]},
        id="a file",
    ),
    pytest.param(
        [{"role": "user", "content": [{"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}]}],
        {"messages": [{"role": "user", "content": [
            {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}]}]},
        id="a mark for the cache",
    ),
    pytest.param(
        [*CALLED, {"role": "tool", "tool_call_id": "toolu_1", "name": "f", "content": "42"},
         {"role": "user", "content": "and?"}],
        {"messages": [*SAID, {"role": "assistant", "content": [USED]}, {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "42"}]},
            {"type": "text", "text": "and?"}]}]},
        id="a tool's result opens the next user message",
    ),
    pytest.param(
        [*HELLO,
         {"role": "assistant", "content": "both", "tool_calls": [CALL, {**CALL, "id": "toolu_2"}]},
         {"role": "tool", "tool_call_id": "toolu_2", "content": "b"},
         {"role": "tool", "tool_call_id": "toolu_1", "content": ""}],
        {"messages": [*SAID,
            {"role": "assistant", "content": [{"type": "text", "text": "both"}, USED, {**USED, "id": "toolu_2"}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": [{"type": "text", "text": "b"}]},
                {"type": "tool_result", "tool_use_id": "toolu_1"}]}]},
        id="results of tools used side by side share one message",
    ),
    pytest.param(
        [*HELLO, {"role": "assistant", "content": "yes", "refusal": None, "tool_calls": None, "annotations": [],
                  "reasoning_content": "hm, so", "thinking_blocks": [
                      {"index": 0, "type": "thinking", "length": 4, "signature": "s1"},
                      {"index": 1, "type": "redacted_thinking", "data": "xx"},
                      {"index": 2, "type": "thinking", "length": 2, "signature": "s2"}]},
         {"role": "user", "content": "why?"}],
        {"messages": [*SAID, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm, ", "signature": "s1"},
            {"type": "redacted_thinking", "data": "xx"},
            {"type": "thinking", "thinking": "so", "signature": "s2"},
            {"type": "text", "text": "yes"}]},
            {"role": "user", "content": [{"type": "text", "text": "why?"}]}]},
        id="an answer with reasoning goes back as it came",
    ),
    pytest.param(
        [*HELLO, {"role": "user", "content": "again"}],
        {"messages": [{"role": "user", "content": [*SAID[0]["content"], {"type": "text", "text": "again"}]}]},
        id="neighbours of one role are joined",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "expected"), MESSAGES)
def test_messages(messages: list[Any], expected: dict[str, Any]) -> None:
    found = asked(messages=messages)
    assert found == {"model": "claude-test", "max_tokens": 4096, **expected}
    MessageRequest.model_validate(found)


def user(*parts: Any) -> dict[str, Any]:
    """Make a body with one user message."""
    return {"messages": [{"role": "user", "content": list(parts)}]}


REFUSED: list[Any] = [
    pytest.param({"n": 2}, "n", id="two answers"),
    pytest.param({"seed": 7}, "seed", id="a seed"),
    pytest.param({"logprobs": True}, "logprobs", id="logprobs"),
    pytest.param({"frequency_penalty": 0.5}, "frequency_penalty", id="a penalty"),
    pytest.param({"logit_bias": {"1": 2}}, "logit_bias", id="a bias"),
    pytest.param({"min_p": 0.1}, "min_p", id="a field of vLLM"),
    pytest.param({"": 1}, '""', id="a field without a name"),
    pytest.param({"functions": [{"name": "f"}]}, "functions", id="what tools were before"),
    pytest.param({"audio": {"voice": "x"}}, "audio", id="sound"),
    pytest.param({"temperature": 2.1}, "temperature", id="a temperature out of any scale"),
    pytest.param({"temperature": True}, "temperature", id="a temperature that is none"),
    pytest.param({"top_p": "1"}, "top_p", id="top_p as text"),
    pytest.param({"max_tokens": 0}, "max_tokens", id="no tokens"),
    pytest.param({"stop": ["\n"]}, "stop", id="a stop of white space"),
    pytest.param({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation", id="noise"),
    pytest.param({"response_format": {"type": "json_object"}}, "response_format.type", id="JSON of any shape"),
    pytest.param({"response_format": {"type": "json_schema"}}, "response_format.json_schema", id="no schema"),
    pytest.param({"reasoning_effort": "some"}, "reasoning_effort", id="an effort that nobody knows"),
    pytest.param({"service_tier": "flex"}, "service_tier", id="a tier"),
    pytest.param({"user": "a", "safety_identifier": "b"}, "user", id="two names of a user"),
    pytest.param({"tool_choice": "required"}, "tool_choice", id="a choice among no tools"),
    pytest.param({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type", id="a tool that is no function"),
    pytest.param({"tools": {}, "tool_choice": {"type": "allowed_tools"}}, "tool_choice", id="a choice among some"),
    pytest.param({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", id="a nameless tool"),
    pytest.param({"messages": []}, "messages", id="no messages"),
    pytest.param({"messages": "hello"}, "messages", id="messages that are text"),
    pytest.param({"messages": [{"role": "system", "content": "x"}]}, "messages", id="a system text alone"),
    pytest.param({"messages": [{"role": "user", "content": ""}]}, "messages[0].content", id="an empty text"),
    pytest.param({"messages": [{"role": "user", "content": "x", "name": "n"}]}, "messages[0].name", id="a name"),
    pytest.param({"messages": [{"role": {}, "content": "x"}]}, "messages[0].role", id="a role that is an object"),
    pytest.param(user({"type": []}), "messages[0].content[0].type", id="a type that is a list"),
    pytest.param(
        user({"type": "image_url", "image_url": {"url": PNG, "detail": {}}}),
        "messages[0].content[0].image_url.detail",
        id="a resolution that is an object",
    ),
    pytest.param({"stream": [None]}, "stream", id="a stream that is a list"),
    pytest.param({"messages": [{"role": "function", "content": "x"}]}, "messages[0].role", id="an old role"),
    pytest.param(user({"type": "input_audio", "input_audio": {}}), "messages[0].content[0].type", id="sound in it"),
    pytest.param(
        user({"type": "image_url", "image_url": {"url": "http://a.test/b.png"}}),
        "messages[0].content[0].image_url.url",
        id="an image without TLS",
    ),
    pytest.param(
        user({"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}}),
        "messages[0].content[0].image_url.url",
        id="an image of another type",
    ),
    pytest.param(
        user({"type": "image_url", "image_url": {"url": PNG, "detail": "high"}}),
        "messages[0].content[0].image_url.detail",
        id="a resolution",
    ),
    pytest.param(
        user({"type": "file", "file": {"file_id": "file-1"}}), "messages[0].content[0].file.file_id", id="a file's id"
    ),
    pytest.param(
        {"messages": [*HELLO, {"role": "assistant", "content": "x", "reasoning_content": "hm"}]},
        "messages[1].reasoning_content",
        id="reasoning that nobody signed",
    ),
    pytest.param(
        {"messages": [*HELLO, {"role": "assistant", "tool_calls": [{**CALL, "function": {
            "name": "f", "arguments": "[1"}}]}]},
        "messages[1].tool_calls[0].function.arguments",
        id="arguments that are no JSON",
    ),
    pytest.param(
        {"messages": [*CALLED, {"role": "tool", "tool_call_id": "toolu_1", "name": "g", "content": "x"}]},
        "messages[2].name",
        id="a result under another name",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "path"), REFUSED)
def test_what_cannot_be_said_is_refused_by_name(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Refusal) as refused:
        asked(**given)
    assert (refused.value.status, refused.value.param) == (400, path)
    assert refused.value.message.startswith(path + ": ")
