"""Toxicity: insults, threats and profanity, disguised or not, in English, German and Russian.

Tier 0 knows words (wordlist.py, stems.py) and phrases said to somebody (phrases.py), after disguises are undone
(disguise.py). Tier 1 is a linear model of English words (linear.py). The larger of both scores counts, with its cause.
What a text only quotes, reports or names counts less (mention.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from fmops_serving.guard.disguise import readings
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import Unfolding, fold
from fmops_serving.guard.language import rather_german
from fmops_serving.guard.layout import Layout, units_of
from fmops_serving.guard.linear import WORTH_NAMING, Judgement, LinearModel, linear_model, words_of
from fmops_serving.guard.mention import blanked, digest_of_mentions, mentions, names
from fmops_serving.guard.phrases import Phrase, digest_of_phrases, phrases, words_of_phrases, worth_a_look
from fmops_serving.guard.stems import BEGINNING, INSIDE, STEM
from fmops_serving.guard.wordlist import WordList, word_list, words_of_file

LISTS_SCORE = 0.9
"""What a word or a phrase of tier 0 is worth: about as often it is right (docs/guard.md)."""
LINEAR = "Linear"
"""The kind of what tier 1 finds; tier 0's are Word, Threat and Insult."""
MENTIONED = 0.4
"""What a word or a phrase is worth that the text only quotes, reports or names (mention.py)."""
LOUD = 40.0
"""What a word is worth to tier 1's machines together, above which it speaks for toxicity: one word in twenty is."""
MOST = 1000
"""Finds of tier 0 that are told of one text."""
WHOLE = 60
PIECE = 30
"""Words that tier 1 judges at once: a text up to WHOLE, a longer one in pieces, or one insult would be lost in it."""


class Tier(IntEnum):
    """Who said it."""

    LISTS = 0
    LINEAR = 1


class Verdict(NamedTuple):
    """How toxic a text is, from 0 to 1, and what made it so: which tier, what kind of thing, and where in the text."""

    score: float
    tier: Tier
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Toxicity:
    """The detector; made once, since it holds the lists and the weights."""

    lists: WordList
    model: LinearModel
    known: frozenset[str]
    """Words of which a disguise is undone."""

    @property
    def digests(self) -> dict[str, str]:
        """Name what a score depends on: lists and rules of tier 0, weights and neutral words of tier 1."""
        tier0 = sha256(
            "|".join([digest_of_phrases(), digest_of_mentions(), INSIDE, BEGINNING, *sorted(self.lists.words)]).encode()
        )
        tier1 = sha256("|".join([self.model.digest, *self.model.left_out]).encode())
        return {"lists": tier0.hexdigest()[:12], "weights": tier1.hexdigest()[:12]}

    def judge(self, text: str) -> Verdict:
        """Give the score of a text and its cause."""
        first = self._judged(text, text)
        if first.score < MENTIONED or (without := self._without_mentions(text)) is None:
            return first
        again = self._judged(*without)
        return min(first, again._replace(score=max(again.score, MENTIONED)), key=lambda verdict: verdict.score)

    def find(self, text: str) -> Sequence[Finding]:
        """Give every word and phrase of tier 0, and the word that spoke most for tier 1's probability."""
        found = self._verdicts(text, text)
        if any(each.score >= MENTIONED for each in found) and (without := self._without_mentions(text)) is not None:
            said = self._verdicts(*without)
            places = {each[2:] for each in said}
            mentioned = (each._replace(score=MENTIONED) for each in found if each[2:] not in places)
            found = [*said, *mentioned][: MOST + 1]
        return [Finding(each.kind, each.start, each.end, each.score) for each in found]

    def _judged(self, text: str, nameless: str) -> Verdict:
        layout = self._layout(text)
        likely, listed = self._tier1(nameless, layout), next(self._tier0(text, layout), None)
        return likely if listed is None or likely.score > listed.score else listed

    def _verdicts(self, text: str, nameless: str) -> list[Verdict]:
        layout = self._layout(text)
        return [*islice(self._tier0(text, layout), MOST), self._tier1(nameless, layout)]

    def _without_mentions(self, text: str) -> tuple[str, str] | None:
        """Give a text without what it quotes and reports, for tier 0, and that without names too, for tier 1.

        Tier 0 reads names as well when a word of its lists is among them, for capitals make no name of "You Bastard",
        and all of them in German, which writes every noun so.
        """
        spared, named = mentions(text), [each for each in names(text) if self._is_loud(text[each.start : each.end])]
        if not (spared or named):
            return None
        without = blanked(text, spared)
        if rather_german(units_of(fold(text))):
            return without, blanked(without, named)
        harmless = [each for each in named if self.lists.words.isdisjoint(units_of(fold(text[each.start : each.end])))]
        return blanked(without, harmless), blanked(without, named)

    def _is_loud(self, name: str) -> bool:
        """Say whether a name has a word that speaks for toxicity; without one, it changes nothing."""
        rows = self.model.rows
        units = units_of(fold(name))
        return any((unit in rows and rows[unit][-1] > LOUD) or STEM.search(unit) is not None for unit in units)

    def _layout(self, text: str) -> Layout:
        folded = fold(text)
        return Layout.of(folded, readings(folded, self._known))

    def _known(self, word: str) -> bool:
        return word in self.known or STEM.search(word) is not None

    def _tier0(self, text: str, layout: Layout) -> Iterator[Verdict]:
        """Give what the lists know; all of it has one score, so the first says how toxic the text is."""
        units, origin = layout.units, Unfolding(text)
        if not self.lists.words.isdisjoint(units):
            for place, unit in enumerate(units):
                if unit in self.lists.words:
                    yield _at(origin, layout, Phrase("Word", place, place))
        if worth_a_look(layout.line):
            for place, unit in enumerate(units):
                if unit not in self.lists.words and STEM.search(unit) is not None:
                    yield _at(origin, layout, Phrase("Word", place, place))
            for phrase in phrases(layout.line, units):
                yield _at(origin, layout, phrase)

    def _tier1(self, text: str, layout: Layout) -> Verdict:
        judgement = self._likelier(words_of(text))
        place = _place(judgement.word, text)
        if layout.readings and (undone := self._likelier(words_of(layout.text))).probability > judgement.probability:
            judgement, place = undone, (0, len(text))
        german = judgement.probability >= WORTH_NAMING and rather_german(layout.units)
        return Verdict(0.0 if german else judgement.probability, Tier.LINEAR, LINEAR, *place)

    def _likelier(self, words: Sequence[str]) -> Judgement:
        if len(words) <= WHOLE:
            return self.model.judge(words)
        pieces = (words[start : start + PIECE] for start in range(0, len(words), PIECE))
        return max(map(self.model.judge, pieces), key=lambda judgement: judgement.probability)


def _at(origin: Unfolding, layout: Layout, found: Phrase) -> Verdict:
    return Verdict(LISTS_SCORE, Tier.LISTS, found.kind, *origin.place(*layout.place(found.first, found.last)))


def _place(word: str, text: str) -> tuple[int, int]:
    """Give the first place where a lower-case word stands in a text; all of the text where that is not to be told."""
    lower = text.lower()
    start = lower.find(word) if word and len(lower) == len(text) else -1
    while start >= 0:
        end = start + len(word)
        if not (lower[start - 1 : start].isalnum() or lower[end : end + 1].isalnum()):
            return start, end
        start = lower.find(word, start + 1)
    return 0, len(text)


@cache
def toxicity() -> Toxicity:
    """Make the detector from the installed packages, once in a process; raises Missing when one is not installed."""
    lists = word_list()
    neutral = words_of_file("neutral.txt")
    detector = Toxicity(lists, linear_model().without(neutral), lists.words | words_of_phrases())
    # Rules are compiled by the first text that needs them, which must not be somebody's: it would miss its timeout.
    detector.judge('He wrote "you are such an idiot" and "1d1ot".')
    return detector
