"""Agreement and means: Cohen's kappa, Krippendorff's alpha, Student's interval. Pure, with no library."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import permutations

from fmops_serving.evaluate.intervals import Interval, wilson


def kappa(pairs: Mapping[tuple[int, int], int], *, quadratic: bool) -> float | None:
    """Give Cohen's kappa (Cohen 1960; weighted: Cohen 1968) of counted pairs of scores by two raters.

    1 - observed / expected disagreement; a pair disagrees by 1, or by the square of its difference. None when no
    disagreement is expected, because both give one and the same score.
    """
    total = sum(pairs.values())
    first: Counter[int] = Counter()
    second: Counter[int] = Counter()
    for (a, b), count in pairs.items():
        first[a] += count
        second[b] += count
    observed = sum(_apart(a, b, quadratic=quadratic) * count for (a, b), count in pairs.items())
    expected = sum(_apart(a, b, quadratic=quadratic) * first[a] * second[b] for a in first for b in second)
    return 1 - observed * total / expected if expected else None


def _apart(a: int, b: int, *, quadratic: bool) -> int:
    return (a - b) ** 2 if quadratic else int(a != b)


def alpha(units: Mapping[tuple[float, ...], int]) -> float | None:
    """Give Krippendorff's alpha for ordinal values (Krippendorff 2019, chapter 12) of counted units.

    A unit is the values that its raters gave; one with fewer than two says nothing about agreement. None when all
    values are the same.
    """
    weights = _coincidences(units)
    margins: dict[float, float] = {}
    for (a, _), weight in weights.items():
        margins[a] = margins.get(a, 0.0) + weight
    distance = _ordinal(margins)
    total = sum(margins.values())
    observed = sum(weight * distance[pair] for pair, weight in weights.items())
    expected = sum(margins[a] * margins[b] * distance[a, b] for a in margins for b in margins)
    return 1 - (total - 1) * observed / expected if expected else None


def _coincidences(units: Mapping[tuple[float, ...], int]) -> dict[tuple[float, float], float]:
    """Count the ordered pairs of values inside units, each unit's pairs adding up to its number of values."""
    found: dict[tuple[float, float], float] = {}
    for values, count in units.items():
        for pair in permutations(values, 2):
            found[pair] = found.get(pair, 0.0) + count / (len(values) - 1)
    return found


def _ordinal(margins: Mapping[float, float]) -> dict[tuple[float, float], float]:
    """Give the squared distance of two values: how many of all values lie between them, ends by half."""
    ordered = sorted(margins)
    found: dict[tuple[float, float], float] = {}
    for i, low in enumerate(ordered):
        between = 0.0
        for high in ordered[i:]:
            between += margins[high]
            apart = between - (margins[low] + margins[high]) / 2
            found[low, high] = found[high, low] = apart * apart
    return found


def mean_interval(values: Sequence[float], low: float, high: float, confidence: float) -> Interval:
    """Bound the mean of values on a scale from `low` to `high` by Student's t, kept on the scale.

    Values that are all the same know no doubt; there Wilson's interval stands in, of the share of the scale that they
    reach: no values on a scale vary more than those that only take its ends. One value bounds nothing.
    """
    count = len(values)
    if count < 2:
        return Interval(None, None)
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    if variance == 0:
        ends = _wilson_of_share((mean - low) / (high - low), count, confidence)
        return Interval(*(None if end is None else low + end * (high - low) for end in ends))
    reach = student_t((1 + confidence) / 2, count - 1) * math.sqrt(variance / count)
    return Interval(max(low, mean - reach), min(high, mean + reach))


def _wilson_of_share(share: float, count: int, confidence: float) -> Interval:
    """Bound a share between two counts by the outer ends of both."""
    hits = share * count
    below, above = math.floor(hits + 1e-9), math.ceil(hits - 1e-9)
    return Interval(wilson(below, count, confidence).low, wilson(above, count, confidence).high)


@lru_cache(maxsize=256)
def student_t(share: float, freedom: int) -> float:
    """Give the quantile of Student's t, for a share of at least one half, by bisection of its distribution."""
    low, high = 0.0, 1.0
    while _below(high, freedom) < share:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if _below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _below(t: float, freedom: int) -> float:
    """Give P(T <= t) for t >= 0, by the incomplete beta function (DLMF 8.17)."""
    x = freedom / (freedom + t * t)
    return 1 - 0.5 * _incomplete_beta(x, freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Give the regularised I_x(a, b), from the side on which its continued fraction converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / a * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate DLMF 8.17.22 by the modified method of Lentz, two terms at a time."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value or 1e-300
