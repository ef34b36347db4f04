"""Sweeps, and the looks of all rails to compare them with."""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from fmops_api.guardrail import Direction, Guardrail
from fmops_serving.gateway.plain import read_answer, read_request
from fmops_serving.gateway.screen.build import build_rails, tallies
from fmops_serving.gateway.screen.checks import Check
from fmops_serving.gateway.screen.sweep import UNTOLD, build_sweep
from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.rails import Rails
from tests.support.native import without_native

if TYPE_CHECKING:
    import fmops_native

HELLO = "Hello, and thank you."
RAILS = [
    {"name": "toxic", "detector": "Toxicity", "timeout": "30s"},
    {"name": "words", "detector": "Regex", "pattern": "secret", "timeout": "30s"},
    {"name": "card", "detector": "PersonalData", "action": "Redact", "timeout": "30s"},
    {"name": "attack", "detector": "PromptInjection", "timeout": "30s"},
]
INPUT, OUTPUT = Direction.INPUT, Direction.OUTPUT
seen: list[Check] = []


def swept(parsed: dict[str, Any], direction: Direction, *rails: dict[str, Any]) -> float | None:
    """Sweep, and leave what was told in `seen`."""
    seen.clear()
    sweep = sweep_of(direction) if not rails else made(direction, *rails)
    assert sweep is not None
    body = json.dumps(parsed).encode()
    if direction is INPUT:
        request = read_request(body)
        return None if request is None else sweep.request(request)
    answer = read_answer(body)
    return None if answer is None else sweep.answer(answer)


def made(direction: Direction, *rails: dict[str, Any]) -> "fmops_native.Sweep | None":
    guardrails = list(map(Guardrail.model_validate, rails))
    told = tallies(guardrails, direction, seen.append)
    return build_sweep(build_rails(guardrails, direction, seen.append), direction, told)


@cache
def sweep_of(direction: Direction) -> "fmops_native.Sweep | None":
    return made(direction, *RAILS)


@cache
def looking(direction: Direction) -> Rails:
    """Make rails that look at every text."""
    with without_native():
        return build_rails(map(Guardrail.model_validate, RAILS), direction, seen.append)


def chat(*contents: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": each} for each in contents], **fields}


def said(*contents: Any, **fields: Any) -> dict[str, Any]:
    choices = [
        {"index": place, "message": {"role": "assistant", "content": each, **fields}, "finish_reason": "stop"}
        for place, each in enumerate(contents)
    ]
    return {"id": "c", "object": "chat.completion", "choices": choices, "usage": {"total_tokens": 3}}


def counted() -> list[object]:
    return [(*each[:-1], len(each.seconds)) for each in seen]


def agrees(parsed: dict[str, Any], direction: Direction, read: Callable[[dict[str, Any]], list[Text]]) -> bool:
    """Say whether it was swept, which must come to what looks at all of its texts come to."""
    score, told = swept(parsed, direction), counted()
    if score is None:
        assert told == []
        return False
    texts = [each.text for each in read(parsed)]
    seen.clear()
    assert looking(direction).remarks(texts, direction) == {}
    assert told == counted()
    assert score == max((each.score for each in seen if each.detector == "Toxicity"), default=UNTOLD)
    return True
