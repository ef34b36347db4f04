"""Tier 1: a linear model of words, alt-profanity-check's, evaluated without scikit-learn.

Words are counted, weighed by how rare they are (TF-IDF) and scaled to length 1; each of five support vector machines
gives a distance, a sigmoid makes each a probability (Platt 1999), and their mean is the answer. Equal to scikit-learn's
to the last digits (tests/serving/guard/test_linear.py), about a hundred times as fast for one text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import exp, sqrt
from typing import TYPE_CHECKING

from fmops_serving.guard.codepage import Becoming
from fmops_serving.guard.folding import without_print
from fmops_serving.guard.packages import WEIGHTS, data_files
from fmops_serving.guard.rows import FIELDS, UNIT, Row, added, lacking, row

if TYPE_CHECKING:
    from fmops_serving.guard.joblibfile import Shell

_WORD = re.compile(r"(?u)\b\w\w+\b")
_MACHINES = 5
WHOLE = 60
PIECE = 30
"""Words that are judged at once: a text up to WHOLE, a longer one in pieces, or one insult would be lost in it."""
_WORDS = bytes(ord(chr(code).lower() if _WORD.fullmatch(2 * chr(code)) else " ") for code in range(128)) + bytes(128)
"""ASCII characters that are in words, in lower case, and a space for each other."""
_MARK = row([*[0.0] * (FIELDS - 1), 1.0])
"""Is in the row of a word that is marked."""
_READ_SO = {
    "analyzer": "word",
    "binary": False,
    "lowercase": True,
    "ngram_range": (1, 1),
    "norm": "l2",
    "preprocessor": None,
    "strip_accents": None,
    "sublinear_tf": False,
    "token_pattern": _WORD.pattern,
    "tokenizer": None,
    "use_idf": True,
}
"""What this file does; weights that were learnt another way are refused."""


@dataclass(frozen=True)
class LinearModel:
    """The words that the model knows, and how distances become a probability.

    A machine's probability is 1 / (1 + exp(slope · distance + offset)); its slope is in the rows, and its intercept in
    the offset.
    """

    digest: str
    rows: Mapping[str, Row]
    """What a word adds when it comes once (rows.py): the square of its rarity, and its worth to each machine."""
    loudness: Mapping[str, float]
    """A word's worth to all machines together."""
    offsets: tuple[float, float, float, float, float]
    left_out: tuple[str, ...] = ()
    """Words that were known and are not looked at, in alphabetical order."""

    def without(self, words: Iterable[str]) -> "LinearModel":
        """Read some words as it reads those that it never knew."""
        left_out = set(words)
        rows = {word: row for word, row in self.rows.items() if word not in left_out}
        loudness = {word: self.loudness[word] for word in rows}
        return replace(self, rows=rows, loudness=loudness, left_out=tuple(sorted(left_out)))

    def marking(self, words: Iterable[str]) -> "LinearModel":
        """Tell besides whether one of these words is in a text."""
        marked = {word: Row(self.rows.get(word, 0) + _MARK) for word in words}
        return replace(self, rows={**self.rows, **marked})

    def probability(self, text: str) -> float:
        """Give alt-profanity-check's `predict_prob` of one text."""
        return self.judge(words_of(text))[0]

    def judge(self, words: Iterable[str]) -> tuple[float, bool]:
        """Give it for lower-case words and whatever else is among them that the model does not know; and of marks."""
        found = list(filter(None, map(self.rows.get, words)))
        squares, first, second, third, fourth, fifth, marks = added(found)
        if len(set(found)) < len(found):
            squares += lacking(found)
        scale = UNIT / (sqrt(squares * UNIT) or 1.0)
        one, two, three, four, five = self.offsets
        # Written out, which takes half of a loop's time. None overflows: the length of a machine's weights times its
        # slope is 220.
        return (
            1 / (1 + exp(first * scale + one))
            + 1 / (1 + exp(second * scale + two))
            + 1 / (1 + exp(third * scale + three))
            + 1 / (1 + exp(fourth * scale + four))
            + 1 / (1 + exp(fifth * scale + five))
        ) / _MACHINES, marks > 0

    def loudest(self, words: Iterable[str]) -> str:
        """Give the word that speaks most for toxicity; empty when none is known."""
        found = list(filter(self.loudness.__contains__, words))
        if len(set(found)) == len(found):
            return max(found, key=self.loudness.__getitem__, default="")
        counts = Counter(found)
        return max(counts, key=lambda word: counts[word] * self.loudness[word])


_words_by_page = Becoming(lambda character: character if _WORD.fullmatch(2 * character) else " ")


def words_of(text: str) -> list[str]:
    """Cut a text as scikit-learn does; an ASCII text also into single letters, which the model does not know."""
    if text.isascii():
        return _words(text)
    lower = text.lower()
    plain = without_print(lower)
    if plain.isascii():
        return [word for word in _words(plain) if len(word) > 1]
    if (words := _words_by_page(lower)) is not None:
        return [word for word in words.split() if len(word) > 1]
    return _WORD.findall(lower)


def _words(text: str) -> list[str]:
    """Cut an ASCII text."""
    return text.encode().translate(_WORDS).decode().split()


@cache
def linear_model() -> LinearModel:
    """Read the installed weights, once in a process; raises Missing where they are not, ValueError when unknown."""
    from fmops_serving.guard.joblibfile import read_joblib  # noqa: PLC0415 - loads numpy, for who screens for toxicity

    files = data_files(WEIGHTS, "profanity_check/data/vectorizer.joblib", "profanity_check/data/model.joblib")
    vectorizer, model = map(read_joblib, files.paths)
    other = {name: vectorizer.state[name] for name, value in _READ_SO.items() if vectorizer.state[name] != value}
    if other or model.state["method"] != "sigmoid":
        raise ValueError(f"the weights of {WEIGHTS} are read in another way than fmops knows: {other or 'calibration'}")
    machines: list[Shell] = model.state["calibrated_classifiers_"]
    linear = [machine.state["estimator"].state for machine in machines]
    curves = [machine.state["calibrators"][0].state for machine in machines]
    if len(machines) != _MACHINES:
        raise ValueError(f"the weights of {WEIGHTS} have {len(machines)} machines, fmops knows {_MACHINES}")
    rarity: list[float] = vectorizer.state["_tfidf"].state["idf_"].tolist()
    worths: list[list[float]] = [machine["coef_"][0].tolist() for machine in linear]
    slopes = [float(curve["a_"]) for curve in curves]
    rows, loudness = [], []
    for rare, *worth in zip(rarity, *worths, strict=True):
        worths_to_each = (rare * slope * each for slope, each in zip(slopes, worth, strict=True))
        rows.append(row([rare * rare, *worths_to_each, 0.0]))
        loudness.append(rare * sum(worth))
    one, two, three, four, five = (
        slope * float(machine["intercept_"][0]) + float(curve["b_"])
        for slope, machine, curve in zip(slopes, linear, curves, strict=True)
    )
    places = vectorizer.state["vocabulary_"].items()
    return LinearModel(
        files.digest,
        {word: rows[place] for word, place in places},
        {word: loudness[place] for word, place in places},
        (one, two, three, four, five),
    )
