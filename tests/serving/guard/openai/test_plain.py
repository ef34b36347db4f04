"""What is read in few steps, because most requests and answers are so, is read as anything else is."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from fmops_serving.guard.openai import answer, request
from fmops_serving.guard.openai.answer import texts_of_answer
from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.openai.request import Unreadable, texts_of_request
from tests.serving.guard.openai.shapes import CHOICES, MESSAGES

_FEW = settings(max_examples=200, deadline=None)


def found(read: Callable[[dict[str, Any]], list[Text]], parsed: dict[str, Any]) -> list[Text] | str:
    """Give what is found, or why it cannot be read."""
    try:
        return read(parsed)
    except Unreadable as fault:
        return str(fault)


def in_many_steps(read: Callable[[dict[str, Any]], list[Text]], parsed: dict[str, Any]) -> list[Text] | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request, "_of_plain_messages", lambda _: None)
        patch.setattr(answer, "_of_plain_choices", lambda _: None)
        return found(read, parsed)


@given(MESSAGES)
@_FEW
def test_messages(messages: Any) -> None:
    parsed = {"messages": messages}
    assert found(texts_of_request, parsed) == in_many_steps(texts_of_request, parsed)


@given(CHOICES)
@_FEW
def test_choices(choices: Any) -> None:
    parsed = {"choices": choices}
    assert found(texts_of_answer, parsed) == in_many_steps(texts_of_answer, parsed)


def test_a_plain_chat_is_read_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(request, "texts_of")
    monkeypatch.delattr(answer, "texts_of")
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    said: dict[str, Any] = {
        "role": "assistant",
        "content": "Hi",
        "refusal": None,
        "tool_calls": [],
        "reasoning": "A greeting.",
    }
    choice = {"index": 1, "message": said, "logprobs": None, "finish_reason": "stop", "stop_reason": None}
    asked = [(each.text, each.path) for each in texts_of_request({"model": "m", "messages": messages})]
    assert asked == [("Be brief.", ("messages", 0, "content")), ("Hello", ("messages", 1, "content"))]
    answered = [(each.text, each.path) for each in texts_of_answer({"id": "c", "choices": [choice, choice]})]
    assert answered == [
        (text, ("choices", place, "message", name))
        for place in (0, 1)
        for text, name in (("Hi", "content"), ("A greeting.", "reasoning"))
    ]
