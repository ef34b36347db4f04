"""What a criterion knows about a candidate: a value with the ends between which it lies for all we know."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fmops_api.selection import Criterion, Goal

INFINITE = Decimal("Infinity")


@dataclass(frozen=True)
class Measure:
    """A figure. `low` is -Infinity and `high` Infinity where there is no bound; a card's number is exact."""

    value: Decimal
    low: Decimal
    high: Decimal

    @classmethod
    def exact(cls, value: Decimal) -> "Measure":
        """Make what is known and not measured."""
        return cls(value, value, value)

    def __str__(self) -> str:
        if self.low == self.high:
            return plain(self.value)
        return f"{plain(self.value)} [{plain(self.low)}, {plain(self.high)}]"

    def overlaps(self, other: "Measure") -> bool:
        """Say whether the two cannot be told apart: their intervals have a value in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Contender:
    """A candidate that can be compared: it has a measure for every criterion, in the criteria's order."""

    name: str
    measures: Sequence[Measure]


@dataclass(frozen=True)
class Place:
    """A place in the ranking: candidates that share it, and what is to be said of each."""

    names: Sequence[str]
    reasons: Sequence[str]


def plain(number: Decimal) -> str:
    """Write a number without an exponent and without zeros that say nothing."""
    if number.is_infinite():
        return "∞" if number > 0 else "-∞"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def gain(criterion: Criterion, measure: Measure) -> Measure:
    """Turn a measure so that more is better, whatever the goal."""
    if criterion.goal == Goal.MAXIMIZE:
        return measure
    return Measure(-measure.value, -measure.high, -measure.low)


def names(those: Sequence[str], most: int = 5) -> str:
    """Name candidates for a sentence."""
    more = len(those) - most
    return ", ".join(those[:most]) + (f" and {more} more" if more > 0 else "")
