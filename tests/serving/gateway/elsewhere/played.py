"""What the tests of rails that ask elsewhere play: a detector, a guard model, models that answer or hang."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.gateway import COMPLETION, Behaviour, Call, Engine

BAD = "forbidden phrase"
ASKED = {"model": "tiny", "messages": [{"role": "user", "content": "Say something"}]}
STREAMED = {**ASKED, "stream": True}


def detects(wait: float = 0.0) -> Behaviour:
    """A detector of the FMS contract that finds the phrase."""

    async def behave(call: Call) -> None:
        await asyncio.sleep(wait)
        assert call.path == "/api/v1/text/contents"
        call.answer([_found(text) for text in call.json["contents"]])

    return behave


def _found(text: str) -> list[dict[str, Any]]:
    start = text.find(BAD)
    places = {"start": start, "end": start + len(BAD), "score": 0.9}
    return [{"detection": "Phrase", "detection_type": "phrases", **places}] if start >= 0 else []


def judges(call: Call) -> None:
    """A guard model that knows the phrase."""
    unsafe = BAD in call.json["messages"][0]["content"]
    message = {"role": "assistant", "content": "unsafe\nS10" if unsafe else "safe"}
    call.answer({**COMPLETION, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


async def judging(call: Call) -> None:
    judges(call)


def remote(detector: Engine, **fields: Any) -> dict[str, Any]:
    """A route's rail that asks a detector."""
    url = detector.url.removesuffix("/v1")
    rail = {"name": "there", "detector": "Remote", "remote": {"url": url, "detector": "phrases"}, "timeout": "10s"}
    return {"guardrails": [{**rail, **fields}]}


def guard_model(guard: Engine, **fields: Any) -> dict[str, Any]:
    """A route's rail that asks a guard model."""
    model = {"model": {"name": "guard"}, "style": "LlamaGuard"}
    rail = {"name": "there", "detector": "GuardModel", "guardModel": model, "timeout": "10s"}
    endpoint = {"rail": "there", "url": guard.url, "model": "real-guard", "apiKey": "guard-key"}
    return {"guardrails": [{**rail, **fields}], "railEndpoints": [endpoint]}


Rail = Callable[..., dict[str, Any]]
BOTH = pytest.mark.parametrize(
    ("rail", "asked"), [(remote, detects()), (guard_model, judging)], ids=["detector", "guard model"]
)


def answers(text: str) -> Behaviour:
    """A model that answers this."""

    async def behave(call: Call) -> None:
        message = {"role": "assistant", "content": text}
        call.answer({**COMPLETION, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    return behave


async def hangs(call: Call) -> None:
    await asyncio.sleep(60)
