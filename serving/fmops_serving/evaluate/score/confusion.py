"""Precision, recall and F1 from counts of (right class, answered class)."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from fmops_api.evaluationplan import ClassScores, Confusion
from fmops_api.metrictype import Average

Cell = tuple[str, str | None]
"""The right class and the answered one; None is an answer that names no class."""


class Scores(NamedTuple):
    """The three figures, each averaged over classes."""

    precision: float
    recall: float
    f1: float


def averaged(cells: Mapping[Cell, int], average: Average) -> Scores:
    """Average over the classes that are right or answered anywhere, as scikit-learn does with zero_division=0.

    An answer that names no class misses the right one and is no class of its own.
    """
    hits: Counter[str] = Counter()
    right: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for (gold, said), count in cells.items():
        right[gold] += count
        if said is not None:
            answered[said] += count
            if said == gold:
                hits[gold] += count
    if average is Average.MICRO:
        return _scores(hits.total(), answered.total(), right.total())
    classes = sorted(label for label in right.keys() | answered.keys() if right[label] or answered[label])
    parts = [_scores(hits[label], answered[label], right[label]) for label in classes]
    weights = [right[label] if average is Average.WEIGHTED else 1 for label in classes]
    total = sum(weights) or 1
    return Scores(*(sum(w * value for w, value in zip(weights, column, strict=True)) / total
                    for column in zip(*parts, strict=True)))  # fmt: skip


def _scores(hits: int, answered: int, right: int) -> Scores:
    return Scores(
        hits / answered if answered else 0.0,
        hits / right if right else 0.0,
        2 * hits / (answered + right) if answered + right else 0.0,
    )


def confusion_of(metric: str, cells: Mapping[Cell, int]) -> Confusion:
    """Write the counts as a table, with precision, recall and F1 of each class that is right or answered anywhere."""
    labels = sorted({label for cell, count in cells.items() if count for label in cell if label is not None})
    counts = [[cells.get((gold, said), 0) for said in (*labels, None)] for gold in labels]
    classes = []
    for place, label in enumerate(labels):
        right, answered = sum(counts[place]), sum(row[place] for row in counts)
        scores = _scores(counts[place][place], answered, right)
        classes.append(ClassScores(label=label, **scores._asdict(), support=right))
    return Confusion(metric=metric, labels=labels, counts=counts, classes=classes)
