"""Rails: all rules over texts, and a decision for each text.

Rules whose detector works in this process are applied at once. A rule whose detector is awaited needs `ascreen`, which
asks about all texts in one call, asks several such detectors at the same time, and gives up on each at its timeout.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from fmops_api.guardrail import Direction
from fmops_serving.guard.applied import CLOCKS, Clocks, above, applied, why
from fmops_serving.guard.decision import Decision, Failure, Findings, Found, Said, decide
from fmops_serving.guard.finding import AwaitedDetector, Detector, DetectorFailed
from fmops_serving.guard.glance import glance_of
from fmops_serving.guard.memory import SHORTEST, Memory, Recollection, Scores
from fmops_serving.guard.rule import Rule

if TYPE_CHECKING:
    from fmops_serving.guard.glance import Glance

__all__ = ["Decision", "Failure", "Found", "Rails"]


_Here = Sequence[tuple[Rule, Detector]]
_Elsewhere = Sequence[tuple[Rule, AwaitedDetector]]
_Remarks = dict[int, list[Said]]
"""What rules said of texts, by the text's place; nothing of one in which none found anything."""


class Told(Protocol):
    """Hears what a rule in this process said of texts."""

    def __call__(self, scores: Sequence[float], seconds: Sequence[float]) -> None:
        """Take each text's highest score, UNKNOWN where it could not tell, and each look's seconds.

        There are no seconds where all scores were known from earlier looks.
        """
        ...


class Rails:
    """Screens texts by a list of rules, in their order."""

    def __init__(
        self,
        rules: Iterable[Rule],
        clocks: Clocks = CLOCKS,
        told: Mapping[str, Told] | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Take rules of different names; raises ValueError when two share one.

        Detectors in this process are timed by what they used: a result that is late because others had the CPU is good.
        `told` says who hears of a rule's looks, by its name. With a memory they do not look again at a text of the same
        asker in which they found nothing.
        """
        self._rules = tuple(rules)
        self._clocks = clocks
        self._told = {rule.name: (told or {}).get(rule.name) for rule in self._rules}
        self._recollection = Recollection(memory) if memory is not None else None
        names = [rule.name for rule in self._rules]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two rules are named {twice[0]}: give each a name of its own")
        self._order = {name: place for place, name in enumerate(names)}
        of = {each: [rule for rule in self._rules if rule.looks_at(each)] for each in Direction}
        self._here = {each: tuple(_in_process(rules)) for each, rules in of.items()}
        self._elsewhere = {each: tuple(_awaited(rules)) for each, rules in of.items()}

    def glances(self, direction: Direction) -> "Sequence[tuple[Glance, float, float]] | None":
        """Give each rule's glance, threshold and timeout; None where one is awaited or has none."""
        looks = [(glance_of(detector), rule.threshold, rule.timeout) for rule, detector in self._here[direction]]
        if self._elsewhere[direction] or any(glance is None for glance, _, _ in looks):
            return None
        return [(glance, threshold, timeout) for glance, threshold, timeout in looks if glance is not None]

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
        return _about_all(texts, self.remarks(texts, direction, asker))

    def remarks(self, texts: Sequence[str], direction: Direction, asker: str = "") -> Mapping[int, Decision]:
        """Decide as `screen` does; gives the decisions about texts of which a rule says something, by the text's place.

        All others, as most are, go on as they came.
        """
        if self._elsewhere[direction]:
            raise RuntimeError(f"rule {self._elsewhere[direction][0][0].name} is awaited: call ascreen")
        said = self._asked_here(texts, self._here[direction], asker)
        return {place: decide(texts[place], answers) for place, answers in said.items()} if said else {}

    async def ascreen(self, texts: Sequence[str], direction: Direction, asker: str = "") -> list[Decision]:
        """Decide about each text alone. What a rule in this process stops is not sent anywhere."""
        return _about_all(texts, await self.aremarks(texts, direction, asker))

    async def aremarks(self, texts: Sequence[str], direction: Direction, asker: str = "") -> Mapping[int, Decision]:
        """Decide as `ascreen` does, and give the decisions that `remarks` gives."""
        said = self._asked_here(texts, self._here[direction], asker)
        decided = {place: decide(texts[place], answers) for place, answers in said.items()}
        open_ones = [place for place in range(len(texts)) if place not in decided or not decided[place].stopped_by]
        heard = await _asked_elsewhere(self._elsewhere[direction], texts, open_ones) if open_ones else {}
        for place, answers in heard.items():
            ordered = sorted([*said.get(place, ()), *answers], key=lambda each: self._order[each[0].name])
            decided[place] = decide(texts[place], ordered)
        return decided

    def _asked_here(self, texts: Sequence[str], here: _Here, asker: str) -> _Remarks:
        """Give what rules in this process say; of what is known, they say nothing and need not look."""
        if self._recollection is None or not asker or not here:
            return self._looked(texts, here)[0]
        known: list[Scores] = []
        new: list[tuple[int, bytes]] = []
        for place, text in enumerate(texts):
            digest = self._recollection.digest(asker, text) if len(text) >= SHORTEST else b""
            if digest and (scores := self._recollection.find(digest)) is not None:
                known.append(scores)
            else:
                new.append((place, digest))
        self._tell_known(here, known)
        remarks, columns = self._looked([texts[place] for place, _ in new], here)
        for index, (scores, (_, digest)) in enumerate(zip(zip(*columns, strict=True), new, strict=True)):
            if digest and index not in remarks:
                self._recollection.keep(digest, scores)
        return {new[index][0]: answers for index, answers in remarks.items()}

    def _looked(self, texts: Sequence[str], here: _Here) -> tuple[_Remarks, list[list[float]]]:
        """Let each rule look; gives what rules say, and the scores that each gave."""
        remarks: _Remarks = {}
        columns: list[list[float]] = []
        for rule, detector in here if texts else ():
            scores, seconds, said = applied(rule, detector, texts, self._clocks)
            if (told := self._told[rule.name]) is not None:
                told(scores, seconds)
            for place, answer in said.items():
                remarks.setdefault(place, []).append((rule, answer))
            columns.append(scores)
        return remarks, columns

    def _tell_known(self, here: _Here, known: Sequence[Scores]) -> None:
        """Tell of looks that were not made."""
        for (rule, _), scores in zip(here, zip(*known, strict=True), strict=True) if known else ():
            if (told := self._told[rule.name]) is not None:
                told(scores, ())


def _about_all(texts: Sequence[str], decided: Mapping[int, Decision]) -> list[Decision]:
    return [decided.get(place) or Decision(text) for place, text in enumerate(texts)]


def _in_process(rules: Iterable[Rule]) -> Iterable[tuple[Rule, Detector]]:
    return ((rule, rule.detector) for rule in rules if not isinstance(rule.detector, AwaitedDetector))


def _awaited(rules: Iterable[Rule]) -> Iterable[tuple[Rule, AwaitedDetector]]:
    return ((rule, rule.detector) for rule in rules if isinstance(rule.detector, AwaitedDetector))


async def _asked_elsewhere(elsewhere: _Elsewhere, texts: Sequence[str], places: Sequence[int]) -> _Remarks:
    """Ask all detectors that are awaited at once about the texts at some places; gives what their rules say."""
    remarks: _Remarks = {}
    asked = [texts[place] for place in places]
    answers = await asyncio.gather(*(_asked(rule, detector, asked) for rule, detector in elsewhere))
    for (rule, _), each in zip(elsewhere, answers, strict=True):
        for place, said in zip(places, each, strict=True):
            if said:
                remarks.setdefault(place, []).append((rule, said))
    return remarks


async def _asked(rule: Rule, detector: AwaitedDetector, texts: Sequence[str]) -> Sequence[Findings | Failure]:
    """Ask about texts and give what scores above the threshold in each; what it raises is a failure for all."""
    try:
        async with asyncio.timeout(rule.timeout):
            said = await detector.afind(texts)
    except TimeoutError:
        return [Failure(rule.name, f"it gave no answer within {rule.timeout:g} s")] * len(texts)
    except Exception as error:  # noqa: BLE001 - whatever it was, the rule's policy says what follows
        return [Failure(rule.name, why(error))] * len(texts)
    if len(said) != len(texts):
        return [Failure(rule.name, f"it answered for {len(said)} texts of {len(texts)}")] * len(texts)
    return [Failure(rule.name, why(each)) if isinstance(each, DetectorFailed) else above(rule, each) for each in said]
