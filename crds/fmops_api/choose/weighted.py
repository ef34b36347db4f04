"""By points: each figure on its declared scale from 0 to 1, then the weighted mean (Keeney and Raiffa 1976).

A figure is never summed as it is: a latency of 900 ms in `weight * (1 - score)` would drown every share.
The ends of the intervals go through the same formula, so a sum has an interval too; it is wider than a joint one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from fmops_api.choose.measures import Contender, Place, gain, names, plain
from fmops_api.selection import Criterion

_FOUR = Decimal("0.0001")


@dataclass(frozen=True)
class _Score:
    """Points of a candidate: exact fractions, so that equal ones are equal."""

    name: str
    value: Fraction
    low: Fraction
    high: Fraction
    parts: Sequence[str]

    def __str__(self) -> str:
        value = _rounded(self.value, ROUND_HALF_EVEN)
        if self.low == self.high:
            return value
        return f"{value} [{_rounded(self.low, ROUND_FLOOR)}, {_rounded(self.high, ROUND_CEILING)}]"

    def overlaps(self, other: "_Score") -> bool:
        return self.low <= other.high and other.low <= self.high


def places(criteria: Sequence[Criterion], contenders: Sequence[Contender]) -> list[Place]:
    """Rank by points, best first; `contenders` in any order. Sums that overlap share a place."""
    pool = sorted((_score(criteria, c) for c in contenders), key=lambda s: (-s.value, s.name))
    found: list[Place] = []
    ahead: _Score | None = None
    while pool:
        best = pool[0]
        least = min(s.value for s in pool if s.overlaps(best))
        first = [s for s in pool if s.value >= least]
        found.append(Place([s.name for s in first], [_reason(s, first, ahead) for s in first]))
        ahead, pool = best, pool[len(first) :]
    return found


def _score(criteria: Sequence[Criterion], contender: Contender) -> _Score:
    total = sum(Fraction(c.weight or 0) for c in criteria)
    sums = {"value": Fraction(0), "low": Fraction(0), "high": Fraction(0)}
    parts = []
    for criterion, measure in zip(criteria, contender.measures, strict=True):
        weight = Fraction(criterion.weight or 0) / total
        turned = gain(criterion, measure)
        points = {end: _points(criterion, getattr(turned, end)) for end in sums}
        sums = {end: sums[end] + weight * points[end] for end in sums}
        parts.append(f"{criterion.metric} {measure} earns {_rounded(points['value'], ROUND_HALF_EVEN)}")
    return _Score(contender.name, sums["value"], sums["low"], sums["high"], parts)


def _points(criterion: Criterion, gained: Decimal) -> Fraction:
    """Give the points from 0 to 1 of a value that is turned so that more is better."""
    if criterion.scale is None:
        raise ValueError(f"{criterion.metric} has no scale to be weighted on")
    worst, best = Fraction(criterion.scale.worst), Fraction(criterion.scale.best)
    if best < worst:
        worst, best = -worst, -best
    if gained.is_infinite():
        return Fraction(int(gained > 0))
    return min(Fraction(1), max(Fraction(0), (Fraction(gained) - worst) / (best - worst)))


def _reason(score: _Score, first: Sequence[_Score], ahead: _Score | None) -> str:
    said = f"{score} of 1 point: {', '.join(score.parts)}"
    if ahead:
        said += f"; behind {ahead.name} with {ahead}"
    others = [s for s in first if s != score]
    if others:
        said += f"; tied with {names([s.name for s in others])}, whose points {others[0]} cannot be told apart"
    return said


def _rounded(number: Fraction, rounding: str) -> str:
    return plain((Decimal(number.numerator) / Decimal(number.denominator)).quantize(_FOUR, rounding))
