"""What a histogram counts: how many observations lie at or below each bound and above the one before, and their sum.

Native code counts them where it is installed: it counts what it swept itself, and takes an observation in fewer steps.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Protocol

from fmops_serving.native import native


class Counted(Protocol):
    """Buckets, whoever counts."""

    @property
    def counts(self) -> list[int]:
        """The counts; the last one is of what lies above all bounds."""

    @property
    def sum(self) -> float:
        """The sum of all that was observed."""

    def observe(self, value: float, /) -> None:
        """Take an observation."""

    def observe_all(self, values: Sequence[float], /) -> None:
        """Take observations."""


class PythonBuckets:
    """Counts without native code."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Begin with nothing; bounds rise."""
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Take an observation."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def observe_all(self, values: Sequence[float]) -> None:
        """Take observations."""
        for value in values:
            self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += sum(values)


Buckets: Callable[[Sequence[float]], Counted] = PythonBuckets if native is None else native.Buckets
