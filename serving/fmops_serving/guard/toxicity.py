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
from typing import TYPE_CHECKING, NamedTuple

from fmops_serving.guard.disguise import DISGUISES, readings
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.folding import Unfolding, fold, plain
from fmops_serving.guard.innocence import innocence
from fmops_serving.guard.known import Known
from fmops_serving.guard.language import rather_german
from fmops_serving.guard.layout import Layout, units_of
from fmops_serving.guard.linear import PIECE, WHOLE, LinearModel, linear_model, words_of
from fmops_serving.guard.look import Look, Looks
from fmops_serving.guard.mention import blanked, digest_of_mentions, mentions, names
from fmops_serving.guard.phrases import Phrase, digest_of_phrases, listed, phrases, words_of_phrases
from fmops_serving.guard.phrasewords import needed_words
from fmops_serving.guard.stems import BEGINNING, INSIDE, has_stem, suspicious_stems
from fmops_serving.guard.wordlist import WordList, word_list, words_of_file

if TYPE_CHECKING:
    import fmops_native

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


class _Read(NamedTuple):
    """What tier 1 made of a text."""

    probability: float
    words: Sequence[str]
    """The text's, or of the piece that is likelier to be toxic than others."""
    innocent: bool
    """Whether it is certain that there is nothing to be found and no word to be named: nothing suspicious was seen, the
    text has no words but those that were read, and none that tier 0 minds."""


@dataclass(frozen=True)
class Toxicity:
    """The detector; made once, since it holds the lists and the weights."""

    lists: WordList
    model: LinearModel
    known: Known
    """Words of which a disguise is undone."""
    suspicious: Looks
    """Tells of most texts that they have no disguise and no stem."""
    listed: Look
    """Tells whether a line of units has a phrase or a stem."""
    glance: "fmops_native.Innocence | None" = None

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
        if (probability := self._glanced(text)) is not None:
            return Verdict(probability, _LINEAR, LINEAR, 0, len(text))
        layout = self._layout(text)
        read = self._read(text, layout)
        if read.innocent:
            return Verdict(read.probability, _LINEAR, LINEAR, 0, len(text))
        first = self._judged(text, layout, self._tier1(text, layout, read))
        if first.score < MENTIONED or (without := self._without_mentions(text, layout)) is None:
            return first
        if first.tier is Tier.LISTS and without[0] == text:
            # Without names tier 0 says it again, and tier 1 can only say more.
            return first
        again = self._judged(*self._again(*without, text, layout))
        return min(first, again._replace(score=max(again.score, MENTIONED)), key=lambda verdict: verdict.score)

    def find(self, text: str) -> Sequence[Finding]:
        """Give every word and phrase of tier 0, and the word that spoke most for tier 1's probability."""
        if (probability := self._glanced(text)) is not None:
            return [Finding(LINEAR, 0, len(text), probability)]
        layout = self._layout(text)
        read = self._read(text, layout)
        if read.innocent:
            return [Finding(LINEAR, 0, len(text), read.probability)]
        found = self._verdicts(text, layout, self._tier1(text, layout, read))
        loud = len(found) > 1 or found[-1].score >= MENTIONED
        if loud and (without := self._without_mentions(text, layout)) is not None:
            said = self._verdicts(*self._again(*without, text, layout))
            places = {each[2:] for each in said}
            mentioned = (each._replace(score=MENTIONED) for each in found if each[2:] not in places)
            found = [*said, *mentioned][: MOST + 1]
        return [Finding(each.kind, each.start, each.end, each.score) for each in found]

    def _glanced(self, text: str) -> float | None:
        """Give tier 1's probability, where a glance tells that there is nothing more to be found."""
        return None if self.glance is None else self.glance.probability(text)

    def _judged(self, text: str, layout: Layout, likely: Verdict) -> Verdict:
        if likely.score > LISTS_SCORE or self._unlisted(layout):
            return likely
        return next(self._tier0(text, layout), likely)

    def _verdicts(self, text: str, layout: Layout, likely: Verdict) -> list[Verdict]:
        return [likely] if self._unlisted(layout) else [*islice(self._tier0(text, layout), MOST), likely]

    def _again(self, without: str, nameless: str, text: str, layout: Layout) -> tuple[str, Layout, Verdict]:
        """Give what is to be judged of a text without its mentions, and what tier 1 says of it without names."""
        laid_out = layout if without == text else self._layout(without)
        probability, words, _ = self._likelier(words_of(nameless))
        return without, laid_out, self._tier1(nameless, laid_out, _Read(probability, words, innocent=False))

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
        seen = self.suspicious(folded)
        return Layout(folded, readings(folded, self.known, seen), quiet=False) if seen else Layout(folded)

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

    def _unlisted(self, layout: Layout) -> bool:
        """Say whether tier 0 finds nothing in a text, as in most."""
        return self.lists.words.isdisjoint(layout.units) and not self.listed(layout.line)

    def _read(self, text: str, layout: Layout) -> _Read:
        """Let tier 1 read a text, and say by the way whether there is anything more to be found."""
        known = text.isascii() or plain(text)
        units: Sequence[str] = layout.units
        # Full stops are no words of the model's, so that it may read units where they are words.
        if known and layout.whole and (len(units) <= WHOLE or len(units) - units.count(".") <= WHOLE):
            words, (probability, minded) = units, self.model.judge(units)
        else:
            probability, words, minded = self._likelier(words_of(text))
        return _Read(probability, words, known and layout.quiet and not minded and probability < WORTH_NAMING)

    def _likelier(self, words: Sequence[str]) -> tuple[float, Sequence[str], bool]:
        """Give the probability of the likelier piece, that piece, and whether tier 0 minds any of all words."""
        if len(words) <= WHOLE:
            probability, minded = self.model.judge(words)
            return probability, words, minded
        pieces = [words[start : start + PIECE] for start in range(0, len(words), PIECE)]
        probabilities, minded_in = zip(*map(self.model.judge, pieces), strict=True)
        highest = max(probabilities)
        return highest, pieces[probabilities.index(highest)], any(minded_in)

    def _tier1(self, text: str, layout: Layout, read: "_Read") -> Verdict:
        """Give what tier 1 says of a text that it has read; the layout is of that text or of one with names in it."""
        probability, place = read.probability, None
        if layout.readings:
            undone, _, _ = self._likelier(words_of(layout.text))
            probability, place = (undone, (0, len(text))) if undone > probability else (probability, None)
        if probability < WORTH_NAMING:
            return Verdict(probability, _LINEAR, LINEAR, 0, len(text))
        place = place or _place(self.model.loudest(read.words), text)
        return Verdict(0.0 if rather_german(layout.units) else probability, _LINEAR, LINEAR, *place)


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
    model = linear_model().without(neutral).marking(lists.words | needed_words())
    known = Known(lists.words | words_of_phrases())
    detector = Toxicity(
        lists,
        model,
        known,
        Looks([*DISGUISES, suspicious_stems()], "a b c"),
        listed(),
        innocence(model, lists, known, WORTH_NAMING),
    )
    # Rules are compiled by the first text that needs them, which must not be somebody's: it would miss its timeout.
    detector.judge('He wrote "you are such an idiot" and "1d1ot".')
    return detector
