"""Rules whose detector is awaited: asked together, interrupted at their timeout, never sent what is stopped already."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from fmops_api.guardrail import Action, Direction, FailurePolicy, Streaming
from fmops_serving.guard.decision import Failure
from fmops_serving.guard.finding import DetectorFailed, Finding
from fmops_serving.guard.pattern import Regex
from fmops_serving.guard.rails import Rails
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.stream import Step, Stream


class Elsewhere:
    """Finds a word, as a detector behind a network would; `wait` stands for the network."""

    def __init__(self, word: str, wait: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)) -> None:
        self.asked: list[list[str]] = []
        self._word, self._wait = word, wait

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        self.asked.append(list(texts))
        await self._wait()
        return [
            [Finding("Word", text.find(self._word), text.find(self._word) + len(self._word), 0.9)]
            if self._word in text
            else []
            for text in texts
        ]


class Refuses:
    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        raise DetectorFailed("it answered HTTP 500")


class Trips:
    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        raise RuntimeError("the text was: secret words")


class ForgetsOne:
    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding]]:
        return [[]] * (len(texts) - 1)


HERE = Rule("here", Regex("Secret", "s3cr3t"))


async def test_texts_are_asked_about_in_one_call_and_decided_each_alone() -> None:
    detector = Elsewhere("bad")
    decisions = await Rails([Rule("far", detector, timeout=10), HERE]).ascreen(["fine", "so bad", ""], Direction.INPUT)
    assert [each.blocked_by for each in decisions] == ["", "far", ""]
    assert detector.asked == [["fine", "so bad", ""]]


async def test_what_a_rule_here_stops_is_sent_nowhere() -> None:
    detector = Elsewhere("bad")
    rails = Rails([Rule("far", detector, timeout=10), HERE])
    decisions = await rails.ascreen(["the s3cr3t is bad", "bad"], Direction.INPUT)
    assert [each.blocked_by for each in decisions] == ["here", "far"]
    assert detector.asked == [["bad"]]
    assert (await rails.ascreen(["s3cr3t"], Direction.INPUT))[0].blocked_by == "here"
    assert detector.asked == [["bad"]]


async def test_the_first_rule_in_order_is_named_and_redactions_are_merged() -> None:
    redact = Rule("far", Elsewhere("bad"), action=Action.REDACT, timeout=10)
    rails = Rails([redact, Rule("digits", Regex("Digits", "[0-9]+"), action=Action.REDACT)])
    (decision,) = await rails.ascreen(["so bad 17"], Direction.OUTPUT)
    assert decision.text == "so [Word] [Digits]"
    assert [each.rule for each in decision.found] == ["far", "digits"]


async def test_detectors_are_asked_at_the_same_time() -> None:
    both = asyncio.Barrier(2)
    rails = Rails([Rule(name, Elsewhere("bad", both.wait), timeout=10) for name in ("one", "two")])
    (decision,) = await rails.ascreen(["bad"], Direction.INPUT)
    assert [each.rule for each in decision.found] == ["one", "two"]


async def test_a_detector_that_hangs_is_interrupted_and_nothing_else_waits() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    rails = Rails([Rule("far", Elsewhere("bad", hang), timeout=0.02)])
    screening = asyncio.ensure_future(rails.ascreen(["bad", "fine"], Direction.INPUT))
    beats = 0
    while not screening.done():
        await asyncio.sleep(0.002)
        beats += 1
    assert beats > 2
    assert ended.is_set()
    assert [each.unavailable for each in screening.result()] == ["far", "far"]
    assert screening.result()[0].failures == (Failure("far", "it gave no answer within 0.02 s"),)


async def test_a_client_that_goes_away_interrupts_the_question() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.ensure_future(Rails([Rule("far", Elsewhere("x", hang))]).ascreen(["x"], Direction.INPUT))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


FAILURES: list[tuple[Refuses | Trips | ForgetsOne, str]] = [
    (Refuses(), "it answered HTTP 500"),
    (Trips(), "RuntimeError"),
    (ForgetsOne(), "it answered for 0 texts of 1"),
]


@pytest.mark.parametrize(("detector", "why"), FAILURES)
async def test_a_detector_that_fails_does_what_its_policy_says_and_why_is_told(
    detector: Refuses | Trips | ForgetsOne, why: str
) -> None:
    (refused,) = await Rails([Rule("far", detector)]).ascreen(["fine"], Direction.INPUT)
    assert (refused.unavailable, refused.failures) == ("far", (Failure("far", why),))
    passing = Rails([Rule("far", detector, failure_policy=FailurePolicy.IGNORE)])
    (passed,) = await passing.ascreen(["fine"], Direction.INPUT)
    assert (passed.stopped_by, passed.bypassed, passed.text) == ("", ("far",), "fine")


async def test_rails_say_whether_they_have_to_be_awaited() -> None:
    rails = Rails([HERE, Rule("far", Elsewhere("bad"), Direction.INPUT, timeout=10)])
    assert not rails.immediate
    assert Rails([HERE]).immediate
    assert rails.immediate_for(Direction.OUTPUT)
    assert rails.screen(["bad"], Direction.OUTPUT)[0].stopped_by == ""
    assert (await rails.ascreen(["s3cr3t"], Direction.OUTPUT))[0].blocked_by == "here"
    with pytest.raises(RuntimeError, match="rule far is awaited: call ascreen"):
        rails.screen(["bad"], Direction.INPUT)


TEXT = "The order is on its way. It is bad. " + "word " * 60 + "and so on"


@pytest.mark.parametrize("mode", list(Streaming))
@pytest.mark.parametrize("size", [1, 7, 500])
async def test_a_stream_that_is_awaited_says_what_one_that_is_not_would(mode: Streaming, size: int) -> None:
    here = Stream(Rails([Rule("bad", Regex("Word", "bad"), threshold=0)]), mode)
    far = Stream(Rails([Rule("bad", Elsewhere("bad"), threshold=0, timeout=10)]), mode)
    for pieces in [TEXT[start : start + size] for start in range(0, len(TEXT), size)]:
        assert await far.afeed(pieces) == here.feed(pieces)
    assert await far.afinish() == here.finish()
    assert (far.stopped_by, far.immediate, here.immediate) == ("bad", False, True)
    assert [each.finding.start for each in far.found] == [each.finding.start for each in here.found]


async def test_a_stream_whose_detector_fails_ends_and_says_why() -> None:
    stream = Stream(Rails([Rule("far", Refuses())]))
    assert await stream.afeed("Fine. And more") == Step("", "far")
    assert await stream.afinish() == Step("", "far")
    assert stream.failures == [Failure("far", "it answered HTTP 500")]
