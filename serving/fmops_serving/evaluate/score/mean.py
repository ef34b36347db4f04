"""A mean of per-example values."""

import math
from array import array
from collections.abc import Iterator

from fmops_serving.evaluate.intervals import Interval, wilson
from fmops_serving.evaluate.intervals_mean import student_t
from fmops_serving.evaluate.score.figure import Figure, no_bounds


class Mean:
    """Collects values; bounded by Student's t. `most` is the largest possible value, None where there is none."""

    def __init__(self, name: str, signature: str, most: float | None = 1.0) -> None:
        self._name = name
        self._signature = signature
        self._most = most
        self._values = array("d")
        self._unscored = 0

    def add(self, measured: float | None) -> None:
        """Take one value, zero or more; None is unscored."""
        if measured is None:
            self._unscored += 1
        else:
            self._values.append(measured)

    def figures(self) -> Iterator[Figure]:
        """Give the mean."""
        count = len(self._values)
        value = self._mean() if count else None
        bounds = self._bounds if count else no_bounds
        yield Figure(self._name, value, count, self._unscored, f"{self._signature}|mean|student-t", bounds)

    def _mean(self) -> float:
        """Sum exactly, so that the order in which answers came makes no difference."""
        return math.fsum(self._values) / len(self._values)

    def _bounds(self, confidence: float) -> Interval:
        count, mean = len(self._values), self._mean()
        if self._most is not None and mean in {0.0, self._most}:
            return self._of_one_end(count, confidence)
        variance = math.fsum((value - mean) ** 2 for value in self._values) / max(1, count - 1)
        low, high = student_t(mean, variance, count, confidence)
        if low is None or high is None:
            return Interval(low, high)
        return Interval(max(0.0, low), high if self._most is None else min(self._most, high))

    def _of_one_end(self, count: int, confidence: float) -> Interval:
        """Bound values that are all 0 or all `most`: t sees no spread and knows no doubt, so Wilson's stands in.

        Values between two ends spread most when each is one of them, so the interval is none too short.
        """
        most = self._most or 1.0
        low, high = wilson(count if self._mean() else 0, count, confidence)
        return Interval(None if low is None else low * most, None if high is None else high * most)
