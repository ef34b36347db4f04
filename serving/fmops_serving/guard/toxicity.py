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

from fmops_serving.guard.disguise import disguised, readings
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import Unfolding, fold
from fmops_serving.guard.known import Known
from fmops_serving.guard.language import rather_german
from fmops_serving.guard.layout import Layout, units_of
from fmops_serving.guard.linear import LinearModel, linear_model, words_of
from fmops_serving.guard.look import Look, Looks
from fmops_serving.guard.mention import blanked, digest_of_mentions, mentions, names
from fmops_serving.guard.phrases import Phrase, digest_of_phrases, listed, phrases, words_of_phrases
from fmops_serving.guard.stems import BEGINNING, INSIDE, has_stem
from fmops_serving.guard.wordlist import WordList, word_list, words_of_file

LISTS_SCORE = 0.9
"""What a word or a phrase of tier 0 is worth: about as often it is right (docs/guard.md)."""
LINEAR = "Linear"
"""The kind of what tier 1 finds; tier 0's are Word, Threat and Insult."""
MENTIONED = 0.4
"""What a word or a phrase is worth that the text only quotes, reports or names (mention.py)."""
WORTH_NAMING = 0.2
"""Below this probability nobody asks tier 1 which word it was."""
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


_LINEAR = Tier.LINEAR
"""Looked up once: an enumeration takes its time."""


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
    known: Known
    """Words of which a disguise is undone."""
    disguised: Looks
    listed: Look
    """Tell of most texts that they have no disguise, and no phrase or stem."""

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
        layout = self._layout(text)
        first = self._judged(text, text, layout)
        if first.score < MENTIONED or (without := self._without_mentions(text, layout)) is None:
            return first
        if first.tier is Tier.LISTS and without[0] == text:
            # Without names tier 0 says it again, and tier 1 can only say more.
            return first
        again = self._judged(*without, self._layout_without(without[0], text, layout))
        return min(first, again._replace(score=max(again.score, MENTIONED)), key=lambda verdict: verdict.score)

    def find(self, text: str) -> Sequence[Finding]:
        """Give every word and phrase of tier 0, and the word that spoke most for tier 1's probability."""
        layout = self._layout(text)
        found = self._verdicts(text, text, layout)
        loud = len(found) > 1 or found[-1].score >= MENTIONED
        if loud and (without := self._without_mentions(text, layout)) is not None:
            said = self._verdicts(*without, self._layout_without(without[0], text, layout))
            places = {each[2:] for each in said}
            mentioned = (each._replace(score=MENTIONED) for each in found if each[2:] not in places)
            found = [*said, *mentioned][: MOST + 1]
        return [Finding(each.kind, each.start, each.end, each.score) for each in found]

    def _judged(self, text: str, nameless: str, layout: Layout) -> Verdict:
        likely = self._tier1(nameless, layout, same=nameless is text)
        if likely.score > LISTS_SCORE or self._unlisted(layout):
            return likely
        return next(self._tier0(text, layout), likely)

    def _verdicts(self, text: str, nameless: str, layout: Layout) -> list[Verdict]:
        likely = self._tier1(nameless, layout, same=nameless is text)
        return [likely] if self._unlisted(layout) else [*islice(self._tier0(text, layout), MOST), likely]

    def _layout_without(self, without: str, text: str, layout: Layout) -> Layout:
        return layout if without == text else self._layout(without)

    def _without_mentions(self, text: str, layout: Layout) -> tuple[str, str] | None:
        """Give a text without what it quotes and reports, for tier 0, and that without names too, for tier 1.

        Tier 0 reads names as well when a word of its lists is among them, for capitals make no name of "You Bastard",
        and all of them in German, which writes every noun so.
        """
        spared, named = mentions(text), [each for each in names(text) if self._is_loud(text[each.start : each.end])]
        if not (spared or named):
            return None
        without = blanked(text, spared)
        if rather_german(units_of(fold(text)) if layout.readings else layout.units):
            return without, blanked(without, named)
        harmless = [each for each in named if self.lists.words.isdisjoint(units_of(fold(text[each.start : each.end])))]
        return blanked(without, harmless), blanked(without, named)

    def _is_loud(self, name: str) -> bool:
        """Say whether a name has a word that speaks for toxicity; without one, it changes nothing."""
        units = units_of(fold(name))
        return any(self.model.loudness.get(unit, 0.0) > LOUD or has_stem(unit) for unit in units)

    def _layout(self, text: str) -> Layout:
        folded = fold(text)
        ways = self.disguised(folded)
        return Layout(folded, readings(folded, self.known, ways)) if ways else Layout(folded)

    def _unlisted(self, layout: Layout) -> bool:
        """Say whether tier 0 finds nothing in a text, as in most."""
        return self.lists.words.isdisjoint(layout.units) and not self.listed(layout.line)

    def _tier0(self, text: str, layout: Layout) -> Iterator[Verdict]:
        """Give what the lists know; all of it has one score, so the first says how toxic the text is."""
        units, origin = layout.units, Unfolding(text)
        if not self.lists.words.isdisjoint(units):
            for place, unit in enumerate(units):
                if unit in self.lists.words:
                    yield _at(origin, layout, Phrase("Word", place, place))
        if self.listed(layout.line):
            for place, unit in enumerate(units) if has_stem(layout.line) else ():
                if unit not in self.lists.words and has_stem(unit):
                    yield _at(origin, layout, Phrase("Word", place, place))
            for phrase in phrases(layout.line, units):
                yield _at(origin, layout, phrase)

    def _tier1(self, text: str, layout: Layout, *, same: bool) -> Verdict:
        """Judge a text, whose layout is of the `same` text or of one with names in it."""
        units: Sequence[str] = layout.units
        words, place = units, None
        # Letters alone and full stops are no words of the model's, so that it may read units where they are words.
        plain = same and layout.whole and (text.isascii() or text.lower() == layout.text)
        if plain and len(units) - layout.line.count(".") <= WHOLE:
            probability = self.model.probability_of(units)
        else:
            probability, words = self._likelier(words_of(text))
        if layout.readings:
            undone, _ = self._likelier(words_of(layout.text))
            probability, place = (undone, (0, len(text))) if undone > probability else (probability, None)
        if probability < WORTH_NAMING:
            return Verdict(probability, _LINEAR, LINEAR, 0, len(text))
        place = place or _place(self.model.loudest(words), text)
        return Verdict(0.0 if rather_german(units) else probability, _LINEAR, LINEAR, *place)

    def _likelier(self, words: Sequence[str]) -> tuple[float, Sequence[str]]:
        """Give the probability of the likelier piece, and that piece."""
        if len(words) <= WHOLE:
            return self.model.probability_of(words), words
        pieces = [words[start : start + PIECE] for start in range(0, len(words), PIECE)]
        probabilities = list(map(self.model.probability_of, pieces))
        highest = max(probabilities)
        return highest, pieces[probabilities.index(highest)]


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
    detector = Toxicity(
        lists,
        linear_model().without(neutral),
        Known(lists.words | words_of_phrases()),
        disguised(),
        listed(),
    )
    # Rules are compiled by the first text that needs them, which must not be somebody's: it would miss its timeout.
    detector.judge('He wrote "you are such an idiot" and "1d1ot".')
    return detector
