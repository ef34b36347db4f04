"""Intervals: what a figure from n examples says about the figure from all examples."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from statistics import NormalDist
from typing import NamedTuple, Protocol

_ROUNDING = 1e-12
"""A probability that misses a limit by so little is on it: sums of logarithms are not exact."""
_NOTHING = -760.0
"""Logarithm of a probability that is 0 in floating point, whose smallest number is exp(-744.4)."""


class Interval(NamedTuple):
    """The ends of a two-sided interval; None where the data put no bound."""

    low: float | None
    high: float | None


class Ordered(Protocol):
    """Numbers sorted upwards, each found by its rank from 0."""

    def __len__(self) -> int: ...

    def __getitem__(self, rank: int, /) -> float: ...


class OrderedCounts:
    """Numbers of which many are the same: each is held once, with how often it is there."""

    def __init__(self, counted: Iterable[tuple[float, int]]) -> None:
        self._counted = sorted(counted)
        self._edges = list(accumulate(count for _, count in self._counted))

    def __len__(self) -> int:
        return self._edges[-1] if self._edges else 0

    def __getitem__(self, rank: int, /) -> float:
        return self._counted[bisect_right(self._edges, rank)][0]


def wilson(hits: int, trials: int, confidence: float) -> Interval:
    """Bound a proportion by Wilson's score interval (Wilson 1927), without continuity correction.

    It keeps its width at 0 % and 100 %, where the normal approximation says that everything is certain.
    """
    return wilson_of_share(hits / trials, trials, confidence) if trials else Interval(None, None)


def wilson_of_share(share: float, trials: float, confidence: float) -> Interval:
    """Bound a share of `trials`, more than 0, which need not be whole where it is an effective number."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if share == 0 else max(0.0, centre - reach)
    return Interval(low, 1.0 if share == 1 else min(1.0, centre + reach))


def percentile(resampled: Sequence[float], confidence: float) -> Interval:
    """Cut the same number of values off both ends of a bootstrap distribution, sorted upwards (Efron 1979)."""
    cut = min(int((1 - confidence) / 2 * len(resampled)), (len(resampled) - 1) // 2)
    return Interval(resampled[cut], resampled[len(resampled) - 1 - cut])


def quantile(ordered: Ordered, share: float) -> float:
    """Give the smallest value that at least `share` of the values, sorted upwards, do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def quantile_of_counts(counted: Iterable[tuple[float, int]], share: float) -> float:
    """Give the smallest value that at least `share` of the values do not exceed; each comes with its count."""
    ordered = sorted(counted)
    edges = list(accumulate(count for _, count in ordered))
    return ordered[bisect_left(edges, max(1, math.ceil(share * edges[-1] - 1e-9)))][0]


def quantile_bounds(ordered: Ordered, share: float, confidence: float) -> Interval:
    """Bound a quantile by two order statistics, without assuming a distribution (Conover 1999, 3.2).

    How many of n values lie below the true quantile is binomial (n, share). With few values an end has no bound: the
    95th percentile of 20 values may lie above all of them.
    """
    count = len(ordered)
    first, below_last = _ends(count, share, (1 - confidence) / 2)
    last = below_last + 1
    return Interval(ordered[first - 1] if first else None, ordered[last - 1] if last <= count else None)


@lru_cache(maxsize=64)
def _ends(trials: int, share: float, tail: float) -> tuple[int, int]:
    """Count the k from 0 to trials with P(X <= k) up to `tail`, and those with less than 1 - `tail`, X being binomial.

    The sums are not held: of a million trials they take 32 MB.
    """
    first = last = _first_above_nothing(trials, share)
    logs = (_log_of_binomial(trials, k, share) for k in range(first, trials + 1))
    for below in accumulate(math.exp(log) for log in logs):
        if below >= 1 - tail - _ROUNDING:
            break
        last += 1
        first += below <= tail + _ROUNDING
    return first, last


def _first_above_nothing(trials: int, share: float) -> int:
    """Give the first k whose probability is more than what floating point takes for 0; those before add nothing."""
    return bisect_left(range(int(trials * share)), _NOTHING, key=lambda k: _log_of_binomial(trials, k, share))


def _log_of_binomial(trials: int, k: int, share: float) -> float:
    """Give the logarithm of P(X = k)."""
    return (
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
    )
