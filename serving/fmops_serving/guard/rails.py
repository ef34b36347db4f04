"""Rails: all rules over texts, and one decision for each text.

Rules whose detector works in this process are applied at once. A rule whose detector is awaited needs `ascreen`, which
asks about all texts in one call, asks several such detectors at the same time, and gives up on each at its timeout.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from fmops_api.guardrail import Direction
from fmops_serving.guard.decision import Decision, Failure, Found, decide
from fmops_serving.guard.finding import AwaitedDetector, Detector, DetectorFailed, Finding, highest
from fmops_serving.guard.memory import SHORTEST, Memory, Recollection, Scores
from fmops_serving.guard.rule import Rule
from fmops_serving.guard.stopwatch import Stopwatch

__all__ = ["Decision", "Failure", "Found", "Rails"]


_Findings = Sequence[Finding]
_Here = Sequence[tuple[Rule, Detector]]
_Said = Sequence[tuple[Rule, _Findings | Failure]]
_Answers = Mapping[str, _Findings | Failure]
"""What each rule said of one text, by its name; a rule that was not asked is missing."""


class Told(Protocol):
    """Hears what a rule in this process said of a text."""

    def __call__(self, rule: Rule, said: float | Failure, seconds: float, *, remembered: bool) -> None:
        """Take the highest score found, the seconds of the look, and whether none was made, since it was known."""
        ...


class Rails:
    """Screens texts by a list of rules, in their order."""

    def __init__(
        self,
        rules: Iterable[Rule],
        watch: Callable[[], Stopwatch] = Stopwatch,
        told: Told | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Take rules of different names; raises ValueError when two share one.

        Detectors in this process are timed by what they used: a result that is late because others had the CPU is good.
        `told` hears of each of their looks. With a memory they do not look again at a text of the same asker in which
        they found nothing.
        """
        self._rules = tuple(rules)
        self._watch = watch
        self._told = told
        self._recollection = Recollection(memory) if memory is not None else None
        names = [rule.name for rule in self._rules]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two rules are named {twice[0]}: give each a name of its own")
        self._of = {each: tuple(rule for rule in self._rules if rule.looks_at(each)) for each in Direction}
        self._here = {each: tuple(_in_process(rules)) for each, rules in self._of.items()}
        self._elsewhere = {each: tuple(_awaited(rules)) for each, rules in self._of.items()}

    @property
    def immediate(self) -> bool:
        """Say whether no rule is awaited, so that `screen` does."""
        return not any(self._elsewhere.values())

    def immediate_for(self, direction: Direction) -> bool:
        """Say whether no rule for this direction is awaited, so that `screen` does."""
        return not self._elsewhere[direction]

    def screen(self, texts: Sequence[str], direction: Direction, asker: str = "") -> list[Decision]:
        """Decide about each text alone; raises RuntimeError where a rule has to be awaited.

        Nothing is remembered of an asker without a name.
        """
        if self._elsewhere[direction]:
            raise RuntimeError(f"rule {self._elsewhere[direction][0][0].name} is awaited: call ascreen")
        here = self._here[direction]
        return [decide(text, self._asked_here(text, here, asker)) for text in texts]

    async def ascreen(self, texts: Sequence[str], direction: Direction, asker: str = "") -> list[Decision]:
        """Decide about each text alone. What a rule in this process stops is not sent anywhere."""
        if not self._elsewhere[direction]:
            return self.screen(texts, direction, asker)
        answers: list[dict[str, _Findings | Failure]] = [
            {rule.name: said for rule, said in self._asked_here(text, self._here[direction], asker)} for text in texts
        ]
        open_ones = [
            place for place, text in enumerate(texts) if not self._decided(text, direction, answers[place]).stopped_by
        ]
        if open_ones:
            asked = [texts[place] for place in open_ones]
            said = await asyncio.gather(*(_asked(rule, by, asked) for rule, by in self._elsewhere[direction]))
            for (rule, _), each in zip(self._elsewhere[direction], said, strict=True):
                for place, answer in zip(open_ones, each, strict=True):
                    answers[place][rule.name] = answer
        return [self._decided(text, direction, said) for text, said in zip(texts, answers, strict=True)]

    def _asked_here(self, text: str, here: _Here, asker: str) -> _Said:
        """Give what each rule in this process says of a text; nothing where it is known that none says anything."""
        if self._recollection is None or not asker or len(text) < SHORTEST:
            return self._looked(text, here)[0]
        digest = self._recollection.digest(asker, text)
        known = self._recollection.find(digest)
        if known is None:
            answers, scores = self._looked(text, here)
            if not any(said for _, said in answers):
                self._recollection.keep(digest, scores)
            return answers
        if self._told is not None:
            for (rule, _), score in zip(here, known, strict=True):
                self._told(rule, score, 0.0, remembered=True)
        return ()

    def _looked(self, text: str, here: _Here) -> tuple[_Said, Scores]:
        """Let each rule look; gives what it says, and the highest scores of those that could tell."""
        watch, answers, scores = self._watch(), [], []
        for rule, detector in here:
            said = _found(rule, detector, text, watch)
            score = said if isinstance(said, Failure) else highest(said)
            if self._told is not None:
                self._told(rule, score, watch.passed, remembered=False)
            if not isinstance(score, Failure):
                scores.append(score)
            answers.append((rule, said if isinstance(said, Failure) else _above(rule, said)))
        return answers, tuple(scores)

    def _decided(self, text: str, direction: Direction, answers: _Answers) -> Decision:
        return decide(text, [(rule, answers[rule.name]) for rule in self._of[direction] if rule.name in answers])


def _found(rule: Rule, detector: Detector, text: str, watch: Stopwatch) -> _Findings | Failure:
    """Give what a look found, whatever its score."""
    try:
        findings = detector.find(text)
    except Exception as error:  # noqa: BLE001 - whatever it was, the rule's policy says what follows
        watch.lap()
        return Failure(rule.name, _why(error))
    if watch.lap() > rule.timeout:
        return Failure(rule.name, f"it took longer than {rule.timeout:g} s")
    return findings


def _in_process(rules: Iterable[Rule]) -> Iterable[tuple[Rule, Detector]]:
    return ((rule, rule.detector) for rule in rules if not isinstance(rule.detector, AwaitedDetector))


def _awaited(rules: Iterable[Rule]) -> Iterable[tuple[Rule, AwaitedDetector]]:
    return ((rule, rule.detector) for rule in rules if isinstance(rule.detector, AwaitedDetector))


async def _asked(rule: Rule, detector: AwaitedDetector, texts: Sequence[str]) -> Sequence[_Findings | Failure]:
    """Ask about texts and give what scores above the threshold in each; what it raises is a failure for all."""
    try:
        async with asyncio.timeout(rule.timeout):
            said = await detector.afind(texts)
    except TimeoutError:
        return [Failure(rule.name, f"it gave no answer within {rule.timeout:g} s")] * len(texts)
    except Exception as error:  # noqa: BLE001 - whatever it was, the rule's policy says what follows
        return [Failure(rule.name, _why(error))] * len(texts)
    if len(said) != len(texts):
        return [Failure(rule.name, f"it answered for {len(said)} texts of {len(texts)}")] * len(texts)
    return [_above(rule, each) for each in said]


def _above(rule: Rule, said: Sequence[Finding] | DetectorFailed) -> _Findings | Failure:
    if isinstance(said, DetectorFailed):
        return Failure(rule.name, _why(said))
    return [finding for finding in said if finding.score > rule.threshold]


def _why(error: Exception) -> str:
    """Say what a detector says itself; of any other error only its kind, since its words may hold the text."""
    return str(error) if isinstance(error, DetectorFailed) else type(error).__name__
