"""What a message and an error of Anthropic become."""

import json
from typing import Any

import pytest

from fmops_serving.gateway.dialects.anthropic.dialect import Anthropic
from tests.serving.gateway.dialects.exchanges import exchange
from tests.support.anthropic_server import Message, text, whole

ASKED = exchange({"model": "team/claude", "messages": []})
USAGE = {
    "prompt_tokens": 18,
    "completion_tokens": 7,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
THOUGHT = {"type": "thinking", "thinking": "hm, so", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "xx"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": [1, "é"]}}
USE_NOTHING = {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {}}


def read(message: Message) -> dict[str, Any]:
    """Translate a message, and look at what is always so."""
    status, body = Anthropic().answer(ASKED, 200, json.dumps(whole(message, "claude-test")).encode())
    found: dict[str, Any] = json.loads(body)
    assert (status, found["object"], found["id"], found["model"]) == (
        200, "chat.completion", "msg_01", "claude-test")  # fmt: skip
    assert found["usage"] == USAGE
    choice: dict[str, Any] = found["choices"][0]
    return choice


REASONS = [
    ("end_turn", "stop"),
    ("max_tokens", "length"),
    ("model_context_window_exceeded", "length"),
    ("stop_sequence", "stop"),
    ("tool_use", "tool_calls"),
    ("refusal", "content_filter"),
    ("pause_turn", "stop"),
    ("tomorrows_reason", "stop"),
]


@pytest.mark.parametrize(("reason", "expected"), REASONS)
def test_why_an_answer_ended(reason: str, expected: str) -> None:
    choice = read(text("yes", stop_reason=reason))
    assert (choice["finish_reason"], choice["message"]["content"]) == (expected, "yes")


def test_thinking_text_and_tools() -> None:
    choice = read(Message([THOUGHT, REDACTED, {"type": "text", "text": "one"}, USE, USE_NOTHING], "tool_use"))
    assert choice["message"] == {
        "role": "assistant",
        "content": "one",
        "refusal": None,
        "reasoning_content": "hm, so",
        "thinking_blocks": [
            {"index": 0, "type": "thinking", "length": 6, "signature": "sig"},
            {"index": 1, "type": "redacted_thinking", "data": "xx"},
        ],
        "tool_calls": [
            {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"a":[1,"é"]}'}},
            {"id": "toolu_2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        ],
    }


def test_a_refusal_says_why_and_a_stop_sequence_is_named() -> None:
    refused = read(Message([], "refusal", stop_details={"type": "refusal", "category": None, "explanation": "no"}))
    assert (refused["message"]["content"], refused["message"]["refusal"]) == (None, "no")
    assert read(text("a", stop_reason="stop_sequence", stop_sequence="END"))["stop_reason"] == "END"


ERRORS = [
    (400, "invalid_request_error", 400, "invalid_request_error"),
    (401, "authentication_error", 502, "upstream_authentication_error"),
    (402, "billing_error", 502, "upstream_billing_error"),
    (403, "permission_error", 502, "upstream_permission_error"),
    (404, "not_found_error", 404, "not_found_error"),
    (413, "request_too_large", 413, "request_too_large"),
    (429, "rate_limit_error", 429, "rate_limit_error"),
    (500, "api_error", 500, "api_error"),
    (504, "timeout_error", 504, "timeout_error"),
    (529, "overloaded_error", 503, "overloaded_error"),
]


@pytest.mark.parametrize(("status", "kind", "expected", "code"), ERRORS)
def test_errors(status: int, kind: str, expected: int, code: str) -> None:
    there = {"type": "error", "error": {"type": kind, "message": "because"}, "request_id": "req_1"}
    found, body = Anthropic().answer(ASKED, status, json.dumps(there).encode())
    error = json.loads(body)["error"]
    assert (found, error["code"]) == (expected, code)
    assert error["message"].endswith("because")
    assert set(error) == {"message", "type", "param", "code"}


GARBAGE = [b"", b"<html>", b"[]", b"null", b'{"error": "x"}', b'{"content": 1}', b'{"content": [{}]}']


@pytest.mark.parametrize("body", GARBAGE)
def test_what_is_no_message_is_said_to_be_none(body: bytes) -> None:
    status, told = Anthropic().answer(ASKED, 200, body)
    assert (status, json.loads(told)["error"]["code"]) == (502, "bad_upstream_answer")
    status, told = Anthropic().answer(ASKED, 502, body)
    assert (status, json.loads(told)["error"]["message"]) == (
        502,
        "the provider answered with status 502 and no reason",
    )
