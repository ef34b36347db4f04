"""Classification: F1 of the classes, with accuracy, precision, recall and the share of answers that name no class."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property

from fmops_api.metric import Average, Metric
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.intervals import Interval, percentile, wilson
from fmops_serving.evaluate.score.confusion import Cell, Scores, averaged
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.grade import UNSCORED, Grade
from fmops_serving.evaluate.score.labels import LabelReader

RESAMPLES = 1000
SEED = 7


class Classification:
    """Counts (right class, answered class). An example without a label, or without an answer, is unscored."""

    def __init__(self, metric: Metric, labels: frozenset[str]) -> None:
        self._name = metric.name
        self._average = metric.average or Average.MACRO
        self._labels = labels
        self._reader = LabelReader(labels)
        self._cells: Counter[Cell] = Counter()
        self._total = 0

    def add(self, example: Example, output: str | None) -> bool:
        """Score one answer, None when it never came; say whether it could be scored."""
        self._total += 1
        grade = self.grade(example, output)
        if example.label is None or grade.score is None:
            return False
        self._cells[example.label, grade.answered_class] += 1
        return True

    def grade(self, example: Example, output: str | None) -> Grade:
        """Give 1 for the right class and 0 for another or none, with the class that was read."""
        if output is None or example.label is None:
            return UNSCORED
        said = self._reader.read(output)
        return Grade(float(said == example.label), said)

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
        signature = f"classification|{part}|labels:{len(self._labels)}|{how}|v1"
        missing = self._total - self._scored
        return Figure(name, value, self._scored, missing, signature, bounds if self._scored else no_bounds)

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
