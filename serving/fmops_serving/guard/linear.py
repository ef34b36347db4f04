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
from operator import add, mul
from typing import Any, NamedTuple

import numpy as np

from fmops_serving.guard.joblibfile import Shell, read_joblib
from fmops_serving.guard.packages import WEIGHTS, data_files

_WORD = re.compile(r"(?u)\b\w\w+\b")
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


_WORTH_NAMING = 0.2
"""Below this probability nobody asks which word it was."""


class Judgement(NamedTuple):
    """How likely a text is toxic, and the word that spoke most for it, if any did."""

    probability: float
    word: str


class Sigmoid(NamedTuple):
    """1 / (1 + exp(slope · distance + offset))."""

    slope: float
    offset: float


@dataclass(frozen=True)
class LinearModel:
    """The words that the model knows, what each is worth to each machine, and how distances become a probability."""

    digest: str
    places: dict[str, int]
    rarity: list[float]
    coefficients: np.ndarray[Any, np.dtype[np.float64]]
    intercepts: list[float]
    sigmoids: list[Sigmoid]
    left_out: tuple[str, ...] = ()
    """Words that were known and are not looked at, in alphabetical order."""

    def without(self, words: Iterable[str]) -> "LinearModel":
        """Read some words as it reads those that it never knew."""
        left_out = set(words)
        places = {word: place for word, place in self.places.items() if word not in left_out}
        return replace(self, places=places, left_out=tuple(sorted(left_out)))

    def probability(self, text: str) -> float:
        """Give alt-profanity-check's `predict_prob` of one text."""
        return self.judge(words_of(text)).probability

    def judge(self, words: Iterable[str]) -> Judgement:
        """Judge lower-case words of two letters or more."""
        counts = Counter(filter(self.places.__contains__, words))
        if not counts:
            return Judgement(self._mean(self.intercepts), "")
        places = [self.places[word] for word in counts]
        weights = [count * self.rarity[place] for count, place in zip(counts.values(), places, strict=True)]
        length = sqrt(sum(map(mul, weights, weights)))
        rows = self.coefficients[places]
        distances = (np.array(weights) @ rows).tolist()
        probability = self._mean(map(add, self.intercepts, [distance / length for distance in distances]))
        return Judgement(probability, _loudest(list(counts), weights, rows) if probability >= _WORTH_NAMING else "")

    def _mean(self, distances: Iterable[float]) -> float:
        return sum(map(_probability, distances, self.sigmoids)) / len(self.sigmoids)


def _loudest(words: Sequence[str], weights: Sequence[float], rows: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return words[int((rows.sum(axis=1) * weights).argmax())]


def _probability(distance: float, sigmoid: Sigmoid) -> float:
    power = sigmoid.slope * distance + sigmoid.offset
    # Written so that no power overflows.
    return 1 / (1 + exp(power)) if power <= 0 else exp(-power) / (1 + exp(-power))


def words_of(text: str) -> list[str]:
    """Cut a text into words as scikit-learn does."""
    return _WORD.findall(text.lower())


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
    return LinearModel(
        files.digest,
        vectorizer.state["vocabulary_"],
        vectorizer.state["_tfidf"].state["idf_"].tolist(),
        np.ascontiguousarray(np.concatenate([machine["coef_"] for machine in linear]).T),
        [float(machine["intercept_"][0]) for machine in linear],
        [Sigmoid(float(curve["a_"]), float(curve["b_"])) for curve in curves],
    )
