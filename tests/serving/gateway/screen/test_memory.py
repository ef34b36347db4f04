"""A gateway that remembers texts of requests: what is counted stays, and rails that change are in force at once.

Conversations are in German where they are to be remembered: no glance tells whether a text with umlauts is toxic.
"""

import asyncio
from typing import Any

import pytest

from fmops_api.guardrail import Direction, Guardrail
from fmops_serving.gateway.screen import build
from fmops_serving.gateway.screen.build import build_rails
from fmops_serving.gateway.screen.checks import Check
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.memory import Memory
from tests.support.gateway import Call, engine, gateway, route
from tests.support.native import needs_native

CARD = {"name": "card", "detector": "PersonalData", "kinds": ["Card"], "timeout": "30s"}
MAIL = {"name": "mail", "detector": "PersonalData", "kinds": ["Email"], "timeout": "30s"}
TOXIC = {"name": "toxic", "detector": "Toxicity", "timeout": "30s"}
WORDS = {"name": "words", "detector": "Regex", "pattern": "secret", "timeout": "30s"}
GERMAN, ENGLISH = "Das sagte {} gegenüber allen in Runde {}.", "This is what {} said in turn {} of the conversation."
ASKED = "Please write to me at jane@example.org when the order has arrived."


def turns(number: int, words: str = GERMAN) -> dict[str, Any]:
    """Write the request of a conversation's turn, with all that was said before."""
    said = [
        {"role": role, "content": words.format(role, turn)}
        for turn in range(number + 1)
        for role in ("user", "assistant")
    ]
    return {"model": "tiny", "messages": said[:-1]}


async def page_after_ten_turns(memory: Memory | None) -> dict[str, float]:
    async with engine() as upstream, gateway(route(upstream, guardrails=[TOXIC]), memory=memory) as running:
        for number in range(10):
            assert (await running.ask(turns(number))).status == 200
        lines = running.recorder.page()[0].decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[0] != "#"}


async def test_a_conversation_is_counted_as_it_is_without_a_memory() -> None:
    remembering, forgetful = await page_after_ten_turns(Memory(1000)), await page_after_ten_turns(None)
    for name in ("fmops_toxicity_score", "fmops_guard_checks"):
        wanted = {key: value for key, value in forgetful.items() if key.startswith(name)}
        assert {key: value for key, value in remembering.items() if key.startswith(name)} == wanted
    labels = '{namespace="support",model="tiny",detector="Toxicity",rail="toxic"}'
    # One text in the first turn, three in the second, and nineteen in the last, of which two each time are new.
    assert remembering[f"fmops_guard_remembered_total{labels}"] == 100 - 19
    assert f"fmops_guard_remembered_total{labels}" not in forgetful


async def test_rails_that_change_under_traffic_are_in_force_for_what_was_remembered() -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[CARD]), memory=Memory(1000)) as running:
        answers: list[tuple[bool, int]] = []
        changed = False

        async def asks() -> None:
            while not changed or answers[-1][0] is False:
                began = changed
                answers.append(
                    (began, (await running.ask({"model": "tiny", "prompt": ASKED}, "/v1/completions")).status)
                )

        asking = [asyncio.create_task(asks()) for _ in range(4)]
        while len(answers) < 12:  # noqa: ASYNC110 - until it has been remembered for a while
            await asyncio.sleep(0.001)
        running.routes.replace([route(upstream, guardrails=[CARD, MAIL])])
        changed = True
        await asyncio.gather(*asking)
    assert {status for began, status in answers if began} == {400}
    assert 200 in {status for began, status in answers if not began}


async def test_an_asker_of_another_key_and_one_without_are_not_known() -> None:
    memory = Memory(1000)
    async with engine() as upstream, gateway(route(upstream, guardrails=[TOXIC]), memory=memory) as running:
        for _ in range(2):
            assert (await running.ask(turns(0))).status == 200
    assert len(memory) == 1
    async with (
        engine() as upstream,
        gateway(route(upstream, access={"mode": "Public"}, guardrails=[TOXIC]), memory=Memory(1000)) as running,
    ):
        for _ in range(2):
            assert (await running.ask(turns(0), key=None)).status == 200
        assert b"fmops_guard_remembered_total{" not in running.recorder.page()[0]


@needs_native
async def test_a_conversation_that_is_swept_is_not_remembered() -> None:
    """To glance at it again costs less than to find out that it is known."""
    memory = Memory(1000)
    async with engine() as upstream, gateway(route(upstream, guardrails=[TOXIC]), memory=memory) as running:
        for number in range(3):
            assert (await running.ask(turns(number, ENGLISH))).status == 200
        assert len(memory) == 0
        assert (await running.ask(turns(0, GERMAN))).status == 200
        assert len(memory) == 1


@pytest.mark.parametrize(
    ("rails", "looks"), [([CARD], 1), ([WORDS, CARD], 2), ([WORDS], 2)], ids=["dear", "one is dear", "none is dear"]
)
def test_only_looks_that_cost_more_than_remembering_are_remembered(rails: list[dict[str, Any]], looks: int) -> None:
    seen: list[Check] = []
    made = build_rails(map(Guardrail.model_validate, rails), Direction.INPUT, seen.append, memory=Memory(10))
    for _ in range(2):
        made.screen([ASKED], Direction.INPUT, "shop")
    assert len(seen) == 2 * len(rails)
    assert len([each for each in seen if not each.remembered]) == looks


async def test_answers_are_looked_at_whenever_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Notes:
        def find(self, text: str) -> list[Finding]:
            seen.append(text)
            return []

    monkeypatch.setattr(build, "_detector", lambda rail: Notes())
    said = "An answer that is long enough to be remembered."

    async def behave(call: Call) -> None:
        message = {"role": "assistant", "content": said}
        call.answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    async with engine(behave) as upstream, gateway(route(upstream, guardrails=[CARD]), memory=Memory(10)) as running:
        for _ in range(2):
            assert (await running.ask(turns(0))).status == 200
    assert seen.count(said) == 2
    assert seen.count(turns(0)["messages"][0]["content"]) == 1
