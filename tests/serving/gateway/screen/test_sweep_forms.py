"""Which requests and answers are swept: those of which it is certain where their texts are."""

from typing import Any

import pytest

from fmops_serving.guard.openai.answer import texts_of_answer
from fmops_serving.guard.openai.request import texts_of_request
from tests.serving.gateway.screen.sweeping import HELLO, INPUT, OUTPUT, RAILS, agrees, chat, said, seen, swept
from tests.support.native import needs_native

pytestmark = needs_native


@pytest.mark.parametrize(
    "parsed",
    [chat(HELLO), chat(HELLO, "", "Please read the agenda."), chat(HELLO, stream=True, metadata={"a": "you idiot"})],
)
def test_a_plain_request_is_swept(parsed: dict[str, Any]) -> None:
    assert agrees(parsed, INPUT, texts_of_request)
    assert [each.looks for each in seen] == [len(texts_of_request(parsed))] * len(RAILS)


@pytest.mark.parametrize(
    "parsed",
    [
        said(HELLO),
        said(HELLO, "Please read the agenda.", reasoning="Please read it.", refusal=None, tool_calls=[]),
        {**said(HELLO), "error": None, "prompt_logprobs": None},
    ],
)
def test_a_plain_answer_is_swept(parsed: dict[str, Any]) -> None:
    assert agrees(parsed, OUTPUT, texts_of_answer)
    assert [each.looks for each in seen] == [len(texts_of_answer(parsed))] * len(RAILS)


@pytest.mark.parametrize("parsed", [{"model": "m"}, {"model": "m", "messages": []}, chat("")])
def test_nothing_is_told_of_a_request_without_a_text(parsed: dict[str, Any]) -> None:
    assert (swept(parsed, INPUT), seen) == ([], [])


UNSWEPT = {
    "tools": chat(HELLO, tools=[{"type": "function", "function": {"name": "f"}}]),
    "a list of parts": chat([{"type": "text", "text": HELLO}]),
    "a prompt": {"model": "m", "prompt": HELLO},
    "a file": chat("Data:text/plain,hello"),
    "a long role": {"messages": [{"role": "r" * 65, "content": HELLO}]},
    "no role": {"messages": [{"content": HELLO}]},
    "a name": {"messages": [{"role": "user", "content": HELLO, "name": "ann"}]},
    "an unknown field": chat(HELLO, odd=None),
    "no list": {"messages": {"role": "user", "content": HELLO}},
    "no text": chat(None),
    "half a surrogate pair": chat(HELLO, "\ud800"),
    "embeddings": chat(HELLO, prompt_embeds="AAAA"),
}


@pytest.mark.parametrize("name", UNSWEPT)
def test_a_request_that_may_have_other_texts_is_not_swept(name: str) -> None:
    assert (swept(UNSWEPT[name], INPUT), seen) == (None, [])


TOOL_CALLS = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
UNSWEPT_ANSWERS = {
    "tool calls": said(None, tool_calls=TOOL_CALLS),
    "tool calls beside a text": said(HELLO, tool_calls=TOOL_CALLS),
    "a text of a choice": {"choices": [{"index": 0, "text": HELLO}]},
    "a coded field": said(HELLO, signature="AAAA"),
    "a word that is none": {"choices": [{"message": {"content": HELLO}, "finish_reason": "w" * 65}]},
    "a part of an answer that is unknown": {**said(HELLO), "odd": HELLO},
    "a response": {"object": "response", "output": [{"content": [{"text": HELLO}]}]},
    "a message that is none": {"choices": [{"message": HELLO}]},
}


@pytest.mark.parametrize("name", UNSWEPT_ANSWERS)
def test_an_answer_that_may_have_other_texts_is_not_swept(name: str) -> None:
    assert (swept(UNSWEPT_ANSWERS[name], OUTPUT), seen) == (None, [])
