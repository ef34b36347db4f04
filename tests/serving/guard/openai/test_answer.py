"""What of an answer is looked at, and what is left of it."""

from typing import Any

import pytest

from fmops_serving.guard.openai.answer import texts_of_answer, without, without_spelling

BAD = "BAD"


def choices(**fields: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "finish_reason": "stop", **fields}], "usage": {"total_tokens": 3}}


@pytest.mark.parametrize(
    "parsed",
    [
        choices(message={"role": "assistant", "content": BAD}),
        choices(message={"role": "assistant", "reasoning_content": BAD}),
        choices(message={"refusal": BAD}),
        choices(message={"tool_calls": [{"id": "1", "function": {"name": "f", "arguments": BAD}}]}),
        choices(message={"function_call": {"arguments": BAD}}),
        choices(message={"annotations": [{"url_citation": {"title": BAD}}]}),
        choices(text=BAD),
        {"object": "response", "output": [{"id": "1", "content": [{"type": "output_text", "text": BAD}]}]},
        {"object": "response", "output": [{"type": "reasoning", "summary": [{"text": BAD}]}]},
        {"text": BAD, "segments": []},
        {"data": [{"revised_prompt": BAD, "b64_json": "AAAA"}]},
        {"results": [{"index": 0, "document": {"text": BAD}}]},
    ],
    ids=str,
)
def test_every_text_is_looked_at(parsed: dict[str, Any]) -> None:
    assert BAD in [each.text for each in texts_of_answer(parsed)]


@pytest.mark.parametrize(
    "parsed",
    [
        choices(message={"tool_calls": [{"id": BAD}]}),
        choices(logprobs={"content": [{"token": BAD}]}),
        {"object": "response", "instructions": BAD, "tools": [{"description": BAD}], "output": []},
        {"data": [{"embedding": BAD, "b64_json": BAD}]},
    ],
    ids=["names", "chances", "what was asked", "numbers"],
)
def test_what_no_model_said_is_not(parsed: dict[str, Any]) -> None:
    assert texts_of_answer(parsed) == []


def test_a_choice_that_was_blocked_is_empty_and_the_others_and_the_usage_stay() -> None:
    fine = {"index": 1, "message": {"content": "fine"}, "finish_reason": "stop"}
    parsed = choices(message={"content": BAD}, logprobs={"content": [{"token": BAD}]})
    left = without({**parsed, "choices": [parsed["choices"][0], fine]}, [("choices", 0, "message", "content")])
    assert left is not None
    assert BAD not in str(left)
    assert left["choices"][0]["finish_reason"] == "content_filter"
    assert (left["choices"][1], left["usage"]) == (fine, {"total_tokens": 3})


def test_a_response_that_was_blocked_is_incomplete() -> None:
    left = without({"output": [{"content": [{"text": BAD}]}], "output_text": BAD, "status": "completed"}, [("output",)])
    assert left == {"output": [], "status": "incomplete", "incomplete_details": {"reason": "content_filter"}}


def test_other_answers_have_no_word_for_it() -> None:
    assert without({"text": BAD}, [("text",)]) is None


@pytest.mark.parametrize(
    ("parsed", "changed"),
    [
        (choices(text="[Email]", logprobs={"tokens": [BAD]}), ("choices", 0, "text")),
        ({"output": [{"content": [{"text": "x", "logprobs": [{"token": BAD}]}]}]}, ("output", 0, "content", 0, "text")),
        ({"text": "x", "words": [{"word": BAD}], "segments": [{"tokens": [1], "text": "x"}]}, ("text",)),
    ],
    ids=["chat", "responses", "transcription"],
)
def test_nothing_spells_what_was_taken_out(parsed: dict[str, Any], changed: tuple[str | int, ...]) -> None:
    assert BAD in str(parsed)
    assert BAD not in str(without_spelling(parsed, [changed]))
