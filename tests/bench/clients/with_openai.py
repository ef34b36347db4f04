# mypy: ignore-errors
"""The openai SDK for Python, unmodified: `with_openai.py URL KEY MODEL all|chat` prints a line of JSON for each check.

Runs in an environment of its own, which has this SDK and nothing of ours.
"""

import json
import sys
from collections.abc import Callable

import openai
from openai import OpenAI
from pydantic import BaseModel

URL, KEY, MODEL, SCOPE = sys.argv[1:]
CLIENT = OpenAI(base_url=URL, api_key=KEY, max_retries=0)
HELLO = [{"role": "user", "content": "hello"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Topic(BaseModel):
    """What structured output is asked for."""

    topic: str


def models() -> None:
    assert MODEL in [each.id for each in CLIENT.models.list()]


def chat() -> None:
    answer = CLIENT.chat.completions.create(model=MODEL, messages=HELLO, max_tokens=20, temperature=0.5)
    assert answer.choices[0].message.content == "yes indeed"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def stream() -> None:
    options = {"include_usage": True}
    chunks = list(CLIENT.chat.completions.create(model=MODEL, messages=HELLO, stream=True, stream_options=options))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "yes indeed"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens > 0


def tools() -> None:
    asked = CLIENT.chat.completions.create(model=MODEL, messages=HELLO, tools=[TOOL], tool_choice="required")
    message = asked.choices[0].message
    (call,) = message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Ulm"})
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    done = CLIENT.chat.completions.create(
        model=MODEL, messages=[*HELLO, message.model_dump(exclude_none=True), result], tools=[TOOL]
    )
    assert done.choices[0].message.content == "yes indeed"


def streamed_tools() -> None:
    with CLIENT.chat.completions.stream(model=MODEL, messages=HELLO, tools=[TOOL]) as events:
        final = events.get_final_completion()
    (call,) = final.choices[0].message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Ulm"}
    assert final.choices[0].finish_reason == "tool_calls"


def structured_output() -> None:
    answer = CLIENT.chat.completions.parse(model=MODEL, messages=HELLO, response_format=Topic)
    assert answer.choices[0].message.parsed == Topic(topic="letters")


def embeddings() -> None:
    found = CLIENT.embeddings.create(model="clients/vectors", input=["a", "b"])
    assert [len(each.embedding) for each in found.data] == [3, 3]


def responses() -> None:
    assert CLIENT.responses.create(model=MODEL, input="hello").output_text == "yes indeed"


def streamed_responses() -> None:
    events = list(CLIENT.responses.create(model=MODEL, input="hello", stream=True))
    assert "".join(each.delta for each in events if each.type == "response.output_text.delta") == "yes indeed"


def a_wrong_key() -> None:
    stranger = OpenAI(base_url=URL, api_key="wrong", max_retries=0)
    refused = _refused(
        openai.AuthenticationError, lambda: stranger.chat.completions.create(model=MODEL, messages=HELLO)
    )
    assert refused.code == "invalid_api_key"


def a_field_that_cannot_be_said() -> None:
    asked = CLIENT.chat.completions.create
    refused = _refused(openai.BadRequestError, lambda: asked(model=MODEL, messages=HELLO, n=2))
    assert refused.param == "n"


def _refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(kind)


def run(check: Callable[[], None]) -> None:
    """Run one check and say how it went."""
    try:
        check()
        print(json.dumps({"check": check.__name__, "fault": None}), flush=True)
    except Exception as error:  # noqa: BLE001 - whatever went wrong is told
        print(json.dumps({"check": check.__name__, "fault": f"{type(error).__name__}: {error}"[:300]}), flush=True)


CHAT = [models, chat, stream, tools, streamed_tools, structured_output, a_wrong_key]
for each in (
    [*CHAT, embeddings, responses, streamed_responses] if SCOPE == "all" else [*CHAT, a_field_that_cannot_be_said]
):
    run(each)
