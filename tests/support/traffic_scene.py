"""What is played while traffic runs: engines that repeat what they hear and are rude on demand, and who asks them."""

import asyncio
import json
from typing import Any

from tests.support.gateway import Behaviour, Call
from tests.support.traffic import Ask

INSULT = "You are a stupid idiot and everybody hates you."
DRAINING = {"error": {"message": "cannot schedule new futures after shutdown", "code": 500}}
BLOCKED, UNKNOWN = ("400 content_filter",), ("401 invalid_api_key",)
RAILS: list[dict[str, Any]] = [
    {"name": "toxicity", "detector": "Toxicity", "streaming": "Buffer"},
    {"name": "words", "detector": "Regex", "pattern": r"(?i)\bidiots?\b", "streaming": "Window"},
]
"""Each blocks the insult, both ways."""


def speaks(name: str) -> Behaviour:
    """Answer as a model of that name: it repeats what it heard, and is rude when it is provoked."""

    async def behave(call: Call) -> None:
        heard = call.json["messages"][-1]["content"]
        said = f"{name} heard {heard}. " + (INSULT if heard.startswith("Provoke") else "That is all.")
        if not call.json["stream"]:
            choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
            call.answer({"choices": [choice]})
            return
        call.start()
        for word in said.split(" "):
            delta = {"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}
            call.event(f"data: {json.dumps({'choices': [delta]})}\n\n".encode())
            await asyncio.sleep(0.002)
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        call.event(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode())
        call.end()

    return behave


async def drains(call: Call) -> None:
    """Answer as vLLM does while it ends, and take no more on this connection."""
    call.answer(DRAINING, 500, ["connection: close"])
    call.writer.close()


def asks(model: str, other: str) -> list[Ask]:
    """Ask a model that speaks as alpha, and one that speaks as beta and has no guard rails."""
    told: dict[str, Any] = {
        "model": model,
        "key": "sk-old",
        "text": "Tell me of NONCE",
        "says": "alpha heard Tell me of NONCE",
    }
    rude: dict[str, Any] = {"model": model, "key": "sk-rude", "never": ("idiot",), "ends": ("content_filter",)}
    return [
        Ask("chat", **told),
        Ask("stream", **told, stream=True),
        Ask("other", other, "Provoke NONCE", "sk-other", says=f"beta heard Provoke NONCE. {INSULT}"),
        Ask("new", **{**told, "key": "sk-new"}, expect=UNKNOWN),
        Ask("insult", text=f"NONCE: {INSULT}", **rude, expect=BLOCKED),
        Ask("insulted", text="Provoke NONCE", **rude),
        Ask("insulted in a stream", text="Provoke NONCE", **rude, stream=True),
    ]
