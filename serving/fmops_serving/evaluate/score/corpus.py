"""A figure of the whole corpus: counts are added up over the examples before anything is divided."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from fmops_serving.evaluate.intervals import Interval, percentile, wilson
from fmops_serving.evaluate.score.figure import Figure, no_bounds

RESAMPLES = 1000
SEED = 7


class Corpus:
    """Collects the counts of each example; `value` makes a figure from their sums.

    Bounded by resampling examples with replacement (Efron 1979). `certain` are the values at which all resamples may
    agree although few examples say little; there Wilson's interval of as many examples stands in, on the same scale.
    """

    def __init__(
        self,
        name: str,
        signature: str,
        value: Callable[[Sequence[int]], float],
        certain: Sequence[tuple[float, float]],
    ) -> None:
        self._name = name
        self._signature = signature
        self._value = value
        self._certain = dict(certain)
        self._counts = array("i")
        self._scored = 0
        self._unscored = 0

    def add(self, measured: Sequence[int] | None) -> None:
        """Take the counts of one example, as many as of every other; None is unscored."""
        if measured is None:
            self._unscored += 1
            return
        self._scored += 1
        self._counts.extend(measured)

    def figures(self) -> Iterator[Figure]:
        """Give the figure."""
        signature = f"{self._signature}|bootstrap:{RESAMPLES}:{SEED}"
        value = self._value(self._table.sum(axis=0, dtype=np.int64).tolist()) if self._scored else None
        bounds = self._bounds if self._scored else no_bounds
        yield Figure(self._name, value, self._scored, self._unscored, signature, bounds)

    def _bounds(self, confidence: float) -> Interval:
        ordered = self._resampled
        if ordered[0] == ordered[-1] and ordered[0] in self._certain:
            return self._of_one_end(ordered[0], confidence)
        return percentile(ordered, confidence) if self._scored > 1 else Interval(None, None)

    def _of_one_end(self, value: float, confidence: float) -> Interval:
        scale = self._certain[value]
        low, high = wilson(self._scored if value else 0, self._scored, confidence)
        return Interval(None if low is None else low * scale, None if high is None else high * scale)

    @property
    def _table(self) -> "np.ndarray[tuple[int, int], np.dtype[np.intc]]":
        """Look at the counts as they lie in memory, a row for each example."""
        return np.frombuffer(self._counts, dtype=np.intc).reshape(self._scored, -1)

    @cached_property
    def _resampled(self) -> list[float]:
        """Score resamples; sorted first, so that the order in which answers came makes no difference."""
        table = self._table
        table = table[np.lexsort(table.T)]
        draw = np.random.Generator(np.random.PCG64(SEED))
        drawn = (table[draw.integers(0, self._scored, self._scored)] for _ in range(RESAMPLES))
        return sorted(self._value(each.sum(axis=0, dtype=np.int64).tolist()) for each in drawn)
