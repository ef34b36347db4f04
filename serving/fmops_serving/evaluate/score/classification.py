"""Classification: F1 of the classes, with accuracy, precision, recall and the share of answers that name no class."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property

from fmops_api.evaluationplan import Confusion
from fmops_api.metric import Metric
from fmops_api.metrictype import Average
from fmops_serving.evaluate.intervals import Interval, percentile, wilson
from fmops_serving.evaluate.score.confusion import Cell, Scores, averaged, confusion_of
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.labels import LabelReader
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer

RESAMPLES = 1000
SEED = 7


def classification(metric: Metric, labels: frozenset[str]) -> Scorer[Cell]:
    """Pair the right class with the answered one. An example without a label, or without an answer, is unscored."""
    reader, average = LabelReader(labels), metric.average or Average.MACRO

    def cell(sample: Sample) -> Cell | None:
        label = sample.example.label
        return None if sample.text is None or label is None else (label, reader.read(sample.text))

    return Scorer(metric.name, cell, lambda: ClassificationTally(metric.name, average, len(labels)))


class ClassificationTally:
    """Counts (right class, answered class)."""

    def __init__(self, name: str, average: Average, labels: int) -> None:
        self._name = name
        self._average = average
        self._labels = labels
        self._cells: Counter[Cell] = Counter()
        self._unscored = 0

    def add(self, measured: Cell | None) -> None:
        """Take one pair; None is unscored."""
        if measured is None:
            self._unscored += 1
        else:
            self._cells[measured] += 1

    @property
    def confusion(self) -> Confusion:
        """Give the counts by class, and the scores of each class."""
        return confusion_of(self._name, self._cells)

    def figures(self) -> Iterator[Figure]:
        """Give F1 under the metric's name and the parts under `<name>.<part>`."""
        hits = sum(count for (gold, said), count in self._cells.items() if gold == said)
        invalid = sum(count for (_, said), count in self._cells.items() if said is None)
        trials = {"precision": self._scored - invalid}
        for part in ("f1", "precision", "recall"):
            value = getattr(averaged(self._cells, self._average), part) if self._scored else None
            bounds = self._bootstrapped(part, trials.get(part, self._scored))
            yield self._figure(part, value, f"{self._average.lower()}|bootstrap:{RESAMPLES}:{SEED}", bounds)
        for part, count in (("accuracy", hits), ("invalidRate", invalid)):
            yield self._figure(part, count / self._scored if self._scored else None, "wilson", self._wilson(count))

    @property
    def _scored(self) -> int:
        return self._cells.total()

    def _figure(self, part: str, value: float | None, how: str, bounds: Callable[[float], Interval]) -> Figure:
        name = self._name if part == "f1" else f"{self._name}.{part}"
        signature = f"classification|{part}|labels:{self._labels}|{how}|v2"
        return Figure(name, value, self._scored, self._unscored, signature, bounds if self._scored else no_bounds)

    def _wilson(self, count: int) -> Callable[[float], Interval]:
        return lambda confidence: wilson(count, self._scored, confidence)

    def _bootstrapped(self, part: str, trials: int) -> Callable[[float], Interval]:
        """Bound by the bootstrap. Where all resamples say 0 or 1 it knows no doubt, so Wilson's interval stands in."""

        def bounds(confidence: float) -> Interval:
            ordered = sorted(getattr(scores, part) for scores in self._resampled)
            if ordered[0] == ordered[-1] and ordered[0] in {0.0, 1.0}:
                return wilson(round(ordered[0] * trials), trials, confidence)
            return percentile(ordered, confidence)

        return bounds

    @cached_property
    def _resampled(self) -> list[Scores]:
        """Score as many examples drawn with replacement, again and again: a resample of examples is one of cells."""
        draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
        cells = sorted(self._cells.items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][1] is None))
        population, weights = [cell for cell, _ in cells], [count for _, count in cells]
        drawn = (draw.choices(population, weights, k=self._scored) for _ in range(RESAMPLES))
        return [averaged(Counter(cells), self._average) for cells in drawn]
