# mypy: ignore-errors
"""LangChain's ChatOpenAI, unmodified: `with_langchain.py URL KEY MODEL SCOPE` prints a line of JSON for each check."""

import json
import sys
from collections.abc import Callable

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

URL, KEY, MODEL, _ = sys.argv[1:]
CHAT = ChatOpenAI(base_url=URL, api_key=KEY, model=MODEL, max_retries=0, temperature=0)


class Topic(BaseModel):
    """What structured output is asked for."""

    topic: str


@tool
def weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


def invoke() -> None:
    answer = CHAT.invoke("hello")
    assert answer.content == "yes indeed"
    assert answer.usage_metadata["total_tokens"] > 0


def stream() -> None:
    assert "".join(chunk.content for chunk in CHAT.stream("hello")) == "yes indeed"


def tools() -> None:
    bound = CHAT.bind_tools([weather])
    asked = bound.invoke("hello")
    (call,) = asked.tool_calls
    assert call["args"] == {"city": "Ulm"}
    result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    assert bound.invoke([HumanMessage("hello"), asked, result]).content == "yes indeed"


def structured_output() -> None:
    assert CHAT.with_structured_output(Topic, method="json_schema").invoke("hello") == Topic(topic="letters")


def run(check: Callable[[], None]) -> None:
    """Run one check and say how it went."""
    try:
        check()
        print(json.dumps({"check": check.__name__, "fault": None}), flush=True)
    except Exception as error:  # noqa: BLE001 - whatever went wrong is told
        print(json.dumps({"check": check.__name__, "fault": f"{type(error).__name__}: {error}"[:300]}), flush=True)


for each in (invoke, stream, tools, structured_output):
    run(each)
