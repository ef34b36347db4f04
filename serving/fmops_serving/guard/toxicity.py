"""Toxicity: insults, threats and profanity, disguised or not, in English, German and Russian.

Tier 0 knows words (wordlist.py, stems.py) and phrases said to somebody (phrases.py), after disguises are undone
(disguise.py). Tier 1 is a linear model of English words (linear.py). The larger of both scores counts, with its cause.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from fmops_serving.guard.disguise import readings
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import fold, unfolded
from fmops_serving.guard.language import rather_german
from fmops_serving.guard.layout import Layout
from fmops_serving.guard.linear import Judgement, LinearModel, linear_model, words_of
from fmops_serving.guard.phrases import Phrase, digest_of_phrases, phrases, words_of_phrases
from fmops_serving.guard.stems import BEGINNING, INSIDE, STEM
from fmops_serving.guard.wordlist import WordList, word_list, words_of_file

WORD_SCORE = 0.9
PHRASE_SCORE = 0.9
"""What a word and a phrase of tier 0 are worth; docs/guard.md has their precision."""
PARAGRAPH = 60
"""Words that tier 1 judges at once: in a longer text one insult would be lost among the others."""


_BESIDES_LETTERS = re.compile(r"[0-9_]")
"""Where an ASCII text has none, the units are what scikit-learn would cut it into."""


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
        tier0 = sha256("|".join([digest_of_phrases(), INSIDE, BEGINNING, *sorted(self.lists.words)]).encode())
        tier1 = sha256("|".join([self.model.digest, *self.model.left_out]).encode())
        return {"lists": tier0.hexdigest()[:12], "weights": tier1.hexdigest()[:12]}

    def judge(self, text: str) -> Verdict:
        """Give the score of a text and its cause."""
        return max(self._verdicts(text), key=lambda verdict: verdict.score)

    def find(self, text: str) -> Sequence[Finding]:
        """Give every word and phrase of tier 0, and the word that spoke most for tier 1's probability."""
        return [Finding(each.kind, each.start, each.end, each.score) for each in self._verdicts(text)]

    def _verdicts(self, text: str) -> Iterator[Verdict]:
        folded = fold(text)
        layout = Layout.of(folded, readings(folded, self._known))
        yield from self._tier0(text, layout)
        yield self._tier1(text, layout)

    def _known(self, word: str) -> bool:
        return word in self.known or STEM.search(word) is not None

    def _tier0(self, text: str, layout: Layout) -> Iterator[Verdict]:
        units = layout.units
        if not self.lists.words.isdisjoint(units):
            for place, unit in enumerate(units):
                if unit in self.lists.words:
                    yield self._at(text, layout, Phrase("Word", place, place))
        if STEM.search(layout.line) is not None:
            for place, unit in enumerate(units):
                if unit not in self.lists.words and STEM.search(unit) is not None:
                    yield self._at(text, layout, Phrase("Word", place, place))
        for phrase in phrases(layout.line, units):
            yield self._at(text, layout, phrase)

    def _at(self, text: str, layout: Layout, found: Phrase) -> Verdict:
        score = WORD_SCORE if found.kind == "Word" else PHRASE_SCORE
        return Verdict(score, Tier.LISTS, found.kind, *unfolded(text, *layout.place(found.first, found.last)))

    def _tier1(self, text: str, layout: Layout) -> Verdict:
        if rather_german(layout.units):
            return Verdict(0.0, Tier.LINEAR, "Linear", 0, len(text))
        plain = text.isascii() and _BESIDES_LETTERS.search(text) is None
        judgement = self._likelier(layout.units if plain and not layout.readings else words_of(text))
        word = text.lower().find(judgement.word) if judgement.word else -1
        if layout.readings and (undone := self._likelier(words_of(layout.text))).probability > judgement.probability:
            judgement, word = undone, -1
        place = (word, word + len(judgement.word)) if word >= 0 and text.isascii() else (0, len(text))
        return Verdict(judgement.probability, Tier.LINEAR, "Linear", *place)

    def _likelier(self, words: Sequence[str]) -> Judgement:
        if len(words) <= PARAGRAPH:
            return self.model.judge(words)
        paragraphs = (words[start : start + PARAGRAPH] for start in range(0, len(words), PARAGRAPH))
        return max(map(self.model.judge, paragraphs), key=lambda judgement: judgement.probability)


@cache
def toxicity() -> Toxicity:
    """Make the detector from the installed packages, once in a process; raises Missing when one is not installed."""
    lists = word_list()
    neutral = words_of_file("neutral.txt")
    return Toxicity(lists, linear_model().without(neutral), lists.words | words_of_phrases())
