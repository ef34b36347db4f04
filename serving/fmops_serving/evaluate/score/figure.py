"""A figure before it becomes a result: its value, how to bound it, and how it is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from fmops_serving.evaluate.intervals import Interval

_STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Figure:
    """One measured figure. `bounds` gives the interval at a confidence; `value` is None when nothing was scored."""

    name: str
    value: float | None
    n: int
    unscored: int
    signature: str
    bounds: Callable[[float], Interval]


def decimal(value: float | None, rounding: str = ROUND_HALF_EVEN) -> str | None:
    """Write a number with at most four decimals: hundredths of a percent, or tenths of a millisecond."""
    if value is None:
        return None
    text = format(Decimal(repr(value)).quantize(_STEP, rounding=rounding), "f").rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def lower(value: float | None) -> str | None:
    """Write a lower end, never rounded up: rounding must not make a gate pass."""
    return decimal(value, ROUND_FLOOR)


def upper(value: float | None) -> str | None:
    """Write an upper end, never rounded down."""
    return decimal(value, ROUND_CEILING)


def no_bounds(confidence: float) -> Interval:
    """Say that there is no interval, because nothing was scored."""
    return Interval(None, None)
