"""What a stream of Anthropic becomes, cut into any pieces."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from fmops_serving.gateway.dialects.anthropic.stream import MessageStream
from tests.serving.gateway.dialects.exchanges import exchange
from tests.serving.gateway.dialects.test_anthropic_answer import REDACTED, THOUGHT, USAGE, USE, USE_NOTHING, read
from tests.support.anthropic_server import Message, event, events, text

ALL = Message([THOUGHT, REDACTED, {"type": "text", "text": "one two é"}, USE, USE_NOTHING], "tool_use")


def stream(message: Message) -> bytes:
    """Write a stream as the provider sends it."""
    return b"".join(events(message, "claude-test"))


def translated(data: bytes, cuts: list[int] | None = None, *, with_usage: bool = True) -> bytes:
    """Translate a stream in pieces."""
    translator = MessageStream(with_usage=with_usage, on_usage=lambda _: None, clock=lambda: 7.0)
    at = [0, *sorted(min(cut, len(data)) for cut in cuts or []), len(data)]
    pieces = [translator.feed(data[start:end]) for start, end in pairwise(at)]
    return b"".join(pieces) + translator.finish()


def chunks(data: bytes) -> list[dict[str, Any]]:
    """Read the chunks of a translated stream, which ends as it must."""
    parts = data.split(b"\n\n")
    assert parts[-2:] == [b"data: [DONE]", b""]
    return [json.loads(part.removeprefix(b"data: ")) for part in parts[:-2]]


def joined(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the deltas together as the clients of OpenAI do."""
    choice: dict[str, Any] = {"message": {}, "finish_reason": None}
    for chunk in found:
        for part in chunk["choices"]:
            choice.update({key: part[key] for key in ("finish_reason", "stop_reason") if part.get(key)})
            for key, value in part["delta"].items():
                if key == "tool_calls":
                    _add_calls(choice["message"].setdefault(key, []), value)
                elif isinstance(value, list):
                    choice["message"].setdefault(key, []).extend(value)
                else:
                    choice["message"][key] = choice["message"].get(key, "") + value
    return choice


def _add_calls(calls: list[dict[str, Any]], parts: list[dict[str, Any]]) -> None:
    for part in parts:
        if part["index"] == len(calls):
            calls.append({"id": part["id"], "type": "function", "function": dict(part["function"])})
        else:
            calls[part["index"]]["function"]["arguments"] += part["function"]["arguments"]


MESSAGES = [
    text("yes"),
    text(""),
    text("a", stop_reason="stop_sequence", stop_sequence="END"),
    text("cut", stop_reason="max_tokens"),
    ALL,
    Message([], "refusal", stop_details={"type": "refusal", "category": None, "explanation": "no"}),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_stream_says_what_the_whole_answer_says(message: Message) -> None:
    found = chunks(translated(stream(message)))
    assert {(chunk["id"], chunk["model"], chunk["created"], chunk["object"]) for chunk in found} == {
        ("msg_01", "claude-test", 7, "chat.completion.chunk")
    }
    whole = read(message)
    streamed = joined(found)
    assert streamed["finish_reason"] == whole["finish_reason"]
    assert streamed.get("stop_reason") == whole.get("stop_reason")
    calls = streamed["message"].get("tool_calls", [])
    for call in [*calls, *whole["message"].get("tool_calls", [])]:
        call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    assert {key: value or None for key, value in streamed["message"].items()} == {
        key: value for key, value in whole["message"].items() if key == "content" or value is not None
    }


def test_usage_comes_last_when_it_is_asked_for_and_is_counted_anyway() -> None:
    *others, last = chunks(translated(stream(ALL)))
    assert (last["choices"], last["usage"]) == ([], USAGE)
    assert {chunk["usage"] for chunk in others} == {None}
    assert all("usage" not in chunk for chunk in chunks(translated(stream(ALL), with_usage=False)))
    asked = exchange({"model": "m", "messages": [], "stream": True})
    Anthropic().events(asked).feed(stream(ALL))
    assert asked.tokens == {"input": 18, "output": 7, "cached": 5, "reasoning": 2}


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 6000), max_size=30), ends=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_pieces_say_the_same(cuts: list[int], ends: bytes) -> None:
    data = stream(ALL)
    assert translated(data.replace(b"\n", ends), cuts) == translated(data)


def test_byte_by_byte() -> None:
    data = stream(ALL).replace(b"\n", b"\r\n")
    assert translated(data, list(range(len(data)))) == translated(stream(ALL))


START = b"".join(list(events(text("half"), "claude-test"))[:4])
BROKEN = [
    pytest.param(START, "ended before", id="it ends too early"),
    pytest.param(b"", "ended before", id="it never begins"),
    pytest.param(START + b"data: {nonsense\n\n", "none of the Messages API", id="an event that is no JSON"),
    pytest.param(START + b"data: 7\n\n", "none of the Messages API", id="an event that is a number"),
    pytest.param(START + b'data: {"type": "content_block_delta"}\n\n', "none of the Messages API", id="a hollow one"),
    pytest.param(
        event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}),
        "before its message started",
        id="text before the start",
    ),
    pytest.param(START + b"data: " + b"x" * (9 * 2**20), "beyond 8 MiB", id="an endless event"),
]


@pytest.mark.parametrize(("data", "why"), BROKEN)
def test_a_broken_stream_ends_with_an_error(data: bytes, why: str) -> None:
    *_, last = chunks(translated(data))
    assert last["error"]["code"] == "bad_upstream_answer"
    assert why in last["error"]["message"]


def test_an_error_in_the_middle_is_told_and_nothing_follows() -> None:
    error = event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    found = chunks(translated(START + error + stream(ALL)))
    assert [chunk["choices"][0]["delta"].get("content") for chunk in found[:-1]] == ["", "hal"]
    assert found[-1]["error"] == {
        "message": "Overloaded", "type": "overloaded_error", "param": None, "code": "overloaded_error"}  # fmt: skip
