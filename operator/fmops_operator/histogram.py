"""What a Prometheus histogram tells of a window: pure, and reckoned as PromQL does."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Self


@dataclass(frozen=True)
class Counts:
    """How many observations were at or below each bound, the last of which is infinity."""

    bounds: tuple[float, ...]
    below: tuple[float, ...]

    @classmethod
    def of(cls, buckets: Mapping[float, float]) -> Self:
        """Read buckets by their upper bounds. What extrapolation lets fall from one to the next is put right."""
        bounds = tuple(sorted(buckets))
        if not bounds or bounds[-1] != inf:
            return cls((), ())
        most, below = 0.0, []
        for bound in bounds:
            most = max(most, buckets[bound])
            below.append(most)
        return cls(bounds, tuple(below))

    @property
    def total(self) -> float:
        """Give the number of observations."""
        return self.below[-1] if self.below else 0.0

    def quantile(self, share: float) -> float:
        """Give the value that this share of the observations kept, linear between bounds; needs observations.

        What lies above the highest bound counts as that bound, as in histogram_quantile.
        """
        rank = share * self.total
        place = next(index for index, count in enumerate(self.below) if count >= rank and count > 0)
        if self.bounds[place] == inf:
            return self.bounds[place - 1]
        low, before = (self.bounds[place - 1], self.below[place - 1]) if place else (0.0, 0.0)
        inside = self.below[place] - before
        return low + (self.bounds[place] - low) * (rank - before) / inside if inside else self.bounds[place]

    def share_above(self, value: float) -> float:
        """Give the share of observations above a value, linear between bounds; needs observations.

        Between the highest bound and infinity all count as above.
        """
        place = bisect_left(self.bounds, value)
        if self.bounds[place] == inf:
            return 1 - (self.below[place - 1] if place else 0.0) / self.total
        low, before = (self.bounds[place - 1], self.below[place - 1]) if place else (0.0, 0.0)
        part = (value - low) / (self.bounds[place] - low)
        return 1 - (before + part * (self.below[place] - before)) / self.total

    def since(self, earlier: "Counts | None") -> "Counts":
        """Give what came after an earlier reading; all of it where the counting began anew."""
        if earlier is None or earlier.bounds != self.bounds or earlier.total > self.total:
            return self
        return Counts(self.bounds, tuple(now - then for now, then in zip(self.below, earlier.below, strict=True)))

    def plus(self, other: "Counts") -> "Counts":
        """Give both together, of two gateways."""
        if not other.bounds or other.bounds != self.bounds:
            return self if self.bounds else other
        return Counts(self.bounds, tuple(a + b for a, b in zip(self.below, other.below, strict=True)))


NOTHING = Counts((), ())
