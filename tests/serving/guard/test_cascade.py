"""A second opinion: asked for what the first is not sure of, and a failure of its own loses nothing that is sure."""

import asyncio
from collections.abc import Sequence

import pytest

from fmops_api.guardrail import Direction, FailurePolicy
from fmops_serving.guard.cascade import Cascade
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.toxicity import toxicity

SURE_BAD, SURE_FINE = "You are an idiot.", "The meeting is at noon."
UNSURE = "What an ugly stupid sweater."


class Second:
    def __init__(self, score: float = 0.0, fails: Exception | None = None, hangs: bool = False) -> None:
        self.asked: list[str] = []
        self._score, self._fails, self._hangs = score, fails, hangs

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        self.asked += texts
        if self._hangs:
            await asyncio.Event().wait()
        if self._fails:
            raise self._fails
        return [[Finding("Classifier", 0, len(text), self._score)] for text in texts]


def test_the_texts_here_are_what_they_are_called() -> None:
    kinds = {text: {each.kind for each in toxicity().find(text)} for text in (SURE_BAD, UNSURE)}
    assert kinds == {SURE_BAD: {"Insult", "Linear"}, UNSURE: {"Linear"}}
    assert toxicity().judge(UNSURE).score > 0.5
    assert toxicity().judge(SURE_FINE).score < 0.1


@pytest.mark.parametrize(("score", "blocked"), [(0.2, ""), (0.9, "toxic")])
async def test_the_second_opinion_takes_the_place_of_a_first_that_is_not_sure(score: float, blocked: str) -> None:
    second = Second(score)
    rails = Rails([Rule("toxic", Cascade(toxicity(), second), timeout=10)])
    decisions = await rails.ascreen([SURE_BAD, UNSURE, SURE_FINE], Direction.INPUT)
    assert [each.blocked_by for each in decisions] == ["toxic", blocked, ""]
    assert second.asked == [UNSURE]


async def test_nobody_is_asked_when_the_first_is_sure_of_all() -> None:
    second = Second()
    await Cascade(toxicity(), second).afind([SURE_BAD, SURE_FINE])
    assert second.asked == []


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (Second(fails=DetectorFailed("the classifier gave no number for every text")), "the classifier gave no number"),
        (Second(hangs=True), "the second opinion took longer than 0.02 s"),
    ],
)
async def test_what_is_sure_stays_so_when_the_second_fails(second: Second, why: str) -> None:
    cascade = Cascade(toxicity(), second, within=0.02)
    rails = Rails([Rule("toxic", cascade, failure_policy=FailurePolicy.IGNORE, timeout=10)])
    bad, unsure, fine = await rails.ascreen([SURE_BAD, UNSURE, SURE_FINE], Direction.INPUT)
    assert (bad.blocked_by, unsure.blocked_by, fine.blocked_by) == ("toxic", "", "")
    assert (bad.bypassed, unsure.bypassed, fine.bypassed) == ((), ("toxic",), ())
    assert why in unsure.failures[0].why


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="is no probability: 0 ≤ unsure_from ≤ 1"):
        Cascade(toxicity(), Second(), probability)
