"""Tier 1: a linear model of words, alt-profanity-check's, evaluated without scikit-learn.

Words are counted, weighed by how rare they are (TF-IDF) and scaled to length 1; each of five support vector machines
gives a distance, a sigmoid makes each a probability (Platt 1999), and their mean is the answer. Equal to scikit-learn's
to the last digits (tests/serving/guard/test_linear.py), about a hundred times as fast for one text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, sqrt
from typing import NamedTuple

from fmops_serving.guard.joblibfile import Shell, read_joblib
from fmops_serving.guard.packages import WEIGHTS, data_files

_WORD = re.compile(r"(?u)\b\w\w+\b")
_MACHINES = 5
_WORDS = bytes(code if _WORD.fullmatch(2 * chr(code)) else ord(" ") for code in range(128)) + bytes(128)
"""ASCII characters that are in words, and a space for each other."""
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


WORTH_NAMING = 0.2
"""Below this probability nobody asks which word it was."""


class Judgement(NamedTuple):
    """How likely a text is toxic, and the word that spoke most for it, if any did."""

    probability: float
    word: str


class Sigmoid(NamedTuple):
    """1 / (1 + exp(slope · distance + offset))."""

    slope: float
    offset: float


Row = tuple[float, float, float, float, float, float, float]
"""What a word adds when it comes once: the square of its rarity, its worth to each of the five machines, and to all of
them, by its rarity."""
_NOTHING: Row = (0.0,) * 7


@dataclass(frozen=True)
class LinearModel:
    """The words that the model knows, and how distances become a probability."""

    digest: str
    rows: dict[str, Row]
    intercepts: Sequence[float]
    sigmoids: Sequence[Sigmoid]
    left_out: tuple[str, ...] = ()
    """Words that were known and are not looked at, in alphabetical order."""

    def without(self, words: Iterable[str]) -> "LinearModel":
        """Read some words as it reads those that it never knew."""
        left_out = set(words)
        rows = {word: row for word, row in self.rows.items() if word not in left_out}
        return replace(self, rows=rows, left_out=tuple(sorted(left_out)))

    def probability(self, text: str) -> float:
        """Give alt-profanity-check's `predict_prob` of one text."""
        return self.judge(words_of(text)).probability

    def judge(self, words: Iterable[str]) -> Judgement:
        """Judge lower-case words of two letters or more.

        Sums columns of tuples: for so few numbers that takes a third of the time of a loop, and less than an array.
        """
        found = list(filter(self.rows.__contains__, words))
        rows = map(self.rows.__getitem__, found)
        square, *distances, _ = map(sum, zip(*rows, strict=True)) if found else _NOTHING
        if len(set(found)) < len(found):
            square += self._repeated(found)
        length = sqrt(square) or 1.0
        total = 0.0
        for distance, intercept, (slope, offset) in zip(distances, self.intercepts, self.sigmoids, strict=True):
            power = slope * (intercept + distance / length) + offset
            # Written so that no power overflows.
            total += 1 / (1 + exp(power)) if power <= 0 else exp(-power) / (1 + exp(-power))
        probability = total / _MACHINES
        return Judgement(probability, self._loudest(found) if probability >= WORTH_NAMING else "")

    def _repeated(self, found: Sequence[str]) -> float:
        """Give what the squares of words that come n times lack: n² of a word's own, of which n are counted."""
        return sum(count * (count - 1) * self.rows[word][0] for word, count in Counter(found).items() if count > 1)

    def _loudest(self, found: Sequence[str]) -> str:
        counts = Counter(found)
        return max(counts, key=lambda word: counts[word] * self.rows[word][-1], default="")


def words_of(text: str) -> list[str]:
    """Cut a text as scikit-learn does; an ASCII text also into single letters, which the model does not know."""
    lower = text.lower()
    return lower.encode().translate(_WORDS).decode().split() if lower.isascii() else _WORD.findall(lower)


@cache
def linear_model() -> LinearModel:
    """Read the installed weights, once in a process; raises Missing where they are not, ValueError when unknown."""
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
    rows: list[Row] = [
        (rare * rare, *(rare * each for each in worth), rare * sum(worth))
        for rare, *worth in zip(rarity, *worths, strict=True)
    ]
    return LinearModel(
        files.digest,
        {word: rows[place] for word, place in vectorizer.state["vocabulary_"].items()},
        [float(machine["intercept_"][0]) for machine in linear],
        [Sigmoid(float(curve["a_"]), float(curve["b_"])) for curve in curves],
    )
