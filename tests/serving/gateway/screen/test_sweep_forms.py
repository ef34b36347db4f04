"""Which requests and answers are swept: those of which it is certain where their texts are."""

from collections.abc import Callable
from typing import Any

import pytest

from fmops_serving.gateway.screen.sweep import UNTOLD
from fmops_serving.guard.openai.answer import texts_of_answer
from tests.serving.gateway.plainly import asked
from tests.serving.gateway.screen.sweeping import HELLO, INPUT, OUTPUT, RAILS, agrees, chat, said, seen, swept
from tests.support.native import needs_native

pytestmark = needs_native


CALLS = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"city": "Bern"}'}}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "description": "Where it is."}}}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Tell the weather.", "parameters": SCHEMA}}
]
LONG = "We read it. " * 6
PARTS = [{"type": "text", "text": "Hello, "}, {"type": "text", "text": "and thank you."}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
SWEPT = {
    "a text": (chat(HELLO), [HELLO]),
    "texts": (chat(HELLO, "", "Please read the agenda."), [HELLO, "Please read the agenda."]),
    "fields without a text": (chat(HELLO, stream=True, metadata={"a": "you idiot"}), [HELLO]),
    "tools, of which names are a text": (
        chat(HELLO, tools=TOOLS),
        [HELLO, "weather", "Tell the weather.", "Where it is.", "city"],
    ),
    "unknown names, once each": (chat(HELLO, odd={"b": 1, "a": [{"b": 2}]}), [HELLO, "a\nb\nodd"]),
    "a call and what came of it": (
        {
            "messages": [
                {"role": "assistant", "tool_calls": CALLS},
                {"role": "tool", "tool_call_id": "t", "content": "x"},
            ]
        },
        ["t", "f", '{"city": "Bern"}', "t", "x"],
    ),
    "parts, and what they say together": (chat(PARTS), ["Hello, ", "and thank you.", HELLO]),
    "a part and a picture": (chat([PARTS[1], PICTURE]), ["and thank you."]),
    "parts of an input": ({"input": [{"role": "user", "content": PARTS}]}, ["Hello, ", "and thank you.", HELLO]),
    "a prompt": ({"prompt": HELLO}, [HELLO]),
    "prompts": ({"prompt": [HELLO, "x"]}, [HELLO, "x"]),
    "a long role": ({"messages": [{"role": LONG, "content": HELLO}]}, [LONG, HELLO]),
    "a word of no list, for it is at the top": (chat(HELLO, status="done"), [HELLO, "done"]),
    "no list": ({"messages": {"role": "user", "content": HELLO}}, [HELLO]),
}


@pytest.mark.parametrize("name", SWEPT)
def test_all_texts_of_a_plain_request_are_swept(name: str) -> None:
    parsed, texts = SWEPT[name]
    assert agrees({"model": "m", **parsed}, INPUT, asked)
    assert sorted(each.text for each in asked(parsed)) == sorted(texts)
    assert [each.looks for each in seen] == [len(texts)] * len(RAILS)


@pytest.mark.parametrize("bad", ["you are an idiot", "the secret"])
@pytest.mark.parametrize(
    "make",
    [
        lambda bad: chat(HELLO, tools=[{"type": "function", "function": {"description": bad}}]),
        lambda bad: chat([{"type": "text", "text": bad[:11]}, PICTURE, {"type": "text", "text": bad[11:]}]),
        lambda bad: {"model": "m", "input": [{"content": [{"text": bad[:11]}, {"text": bad[11:]}]}]},
        lambda bad: chat(HELLO, odd={bad: 1}),
        lambda bad: {
            "model": "m",
            "messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": bad}}]}],
        },
    ],
)
def test_a_bad_text_is_found_wherever_it_stands(make: Callable[[str], dict[str, Any]], bad: str) -> None:
    assert (swept(make(bad), INPUT), seen) == (None, [])
    assert swept(make(HELLO), INPUT) is not None


SWEPT_ANSWERS = {
    "a text": (said(HELLO), [HELLO]),
    "texts": (
        said(HELLO, "Please read it.", reasoning="It says so.", refusal=None, tool_calls=[]),
        [HELLO, "It says so.", "Please read it.", "It says so."],
    ),
    "fields of nothing": ({**said(HELLO), "error": None, "prompt_logprobs": None}, [HELLO]),
    "tool calls": (said(None, tool_calls=CALLS), ["f", '{"city": "Bern"}']),
    "a text of a choice": ({"choices": [{"index": 0, "text": HELLO}]}, [HELLO]),
    "no language": (said(HELLO, signature="AAAA", logprobs={"content": [{"token": HELLO}]}), [HELLO]),
    "a word that is none": (
        {"choices": [{"message": {"content": HELLO}, "finish_reason": LONG}]},
        [HELLO, LONG],
    ),
    "an unknown field": ({**said(HELLO), "odd": HELLO}, [HELLO, HELLO]),
    "a response, which repeats what was asked": (
        {"instructions": "Be kind.", "object": "response", "output": [{"content": [{"text": HELLO}]}]},
        [HELLO],
    ),
    "what would repeat it, in another answer": ({**said(HELLO), "instructions": "Be kind."}, [HELLO, "Be kind."]),
    "vectors": ({"object": "list", "data": [{"object": "embedding", "embedding": [0.5, 1]}]}, []),
}


@pytest.mark.parametrize("name", SWEPT_ANSWERS)
def test_all_texts_of_a_plain_answer_are_swept(name: str) -> None:
    parsed, texts = SWEPT_ANSWERS[name]
    assert agrees(parsed, OUTPUT, texts_of_answer)
    assert sorted(each.text for each in texts_of_answer(parsed)) == sorted(texts)
    assert [each.looks for each in seen] == [len(texts)] * len(RAILS if texts else ())


@pytest.mark.parametrize("parsed", [{"model": "m"}, {"model": "m", "messages": []}, chat("")])
def test_nothing_is_told_of_a_request_without_a_text(parsed: dict[str, Any]) -> None:
    assert (swept(parsed, INPUT), seen) == (UNTOLD, [])


UNSWEPT = {
    "a file": chat("Data:text/plain,hello"),
    "a drawing": chat([{"type": "image_url", "image_url": {"url": "data:image/svg+xml,<text>hello</text>"}}]),
    "a file of a part": chat([{"type": "file", "file": {"file_data": "aGVsbG8="}}]),
    "a file elsewhere": chat([{"type": "file", "file": {"file_id": "f"}}]),
    "an empty part": chat([{"type": "text", "text": ""}, *PARTS]),
    "tokens": {"model": "m", "prompt": [[1, 2]]},
    "half a surrogate pair": chat(HELLO, "\ud800"),
    "embeddings": chat(HELLO, prompt_embeds="AAAA"),
    "what is nested deeply": chat(HELLO, odd=[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]),
}


@pytest.mark.parametrize("name", UNSWEPT)
def test_a_request_whose_texts_are_written_in_another_way_is_not_swept(name: str) -> None:
    assert (swept(UNSWEPT[name], INPUT), seen) == (None, [])
