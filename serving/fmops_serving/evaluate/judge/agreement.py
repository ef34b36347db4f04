"""Agreement: Cohen's kappa and Krippendorff's alpha. Pure, with no library."""

from collections import Counter
from collections.abc import Mapping
from itertools import permutations


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


def alpha(units: Mapping[tuple[float, ...], int], *, nominal: bool = False) -> float | None:
    """Give Krippendorff's alpha (Krippendorff 2019, chapter 12) of counted units, for ordinal or nominal values.

    A unit is the values that its raters gave; one with fewer than two says nothing about agreement. None when all
    values are the same.
    """
    weights = _coincidences(units)
    margins: dict[float, float] = {}
    for (a, _), weight in weights.items():
        margins[a] = margins.get(a, 0.0) + weight
    distance = _nominal(margins) if nominal else _ordinal(margins)
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


def _nominal(margins: Mapping[float, float]) -> dict[tuple[float, float], float]:
    """Give the distance of two values that are the same or not."""
    return {(a, b): float(a != b) for a in margins for b in margins}


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
