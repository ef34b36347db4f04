"""A figure before it becomes a result: its value, how to bound it, and how it is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from fmops_serving.evaluate.intervals import Interval
from fmops_serving.evaluate.score.part import PLACES

LOW_POWER = 30
"""Independent examples under which a figure is marked; the old rule of thumb of statistics."""


@dataclass(frozen=True)
class Figure:
    """One measured figure. `bounds` gives the interval at a confidence; `value` is None when nothing was scored."""

    name: str
    value: float | None
    n: int
    unscored: int
    signature: str
    bounds: Callable[[float], Interval]
    units: int | None = None
    """Independent ones among the n examples; None when all are."""
    places: int = PLACES
    """Decimals that it is written with."""

    @property
    def low_power(self) -> bool:
        """Say whether too few independent examples stand behind it for the interval to be worth much."""
        return (self.n if self.units is None else self.units) < LOW_POWER


def decimal(value: float | None, places: int = PLACES, rounding: str = ROUND_HALF_EVEN) -> str | None:
    """Write a number with at most so many decimals."""
    if value is None:
        return None
    text = (
        format(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=rounding), "f")
        .rstrip("0")
        .rstrip(".")
    )
    return "0" if text in {"-0", ""} else text


def lower(value: float | None, places: int = PLACES) -> str | None:
    """Write a lower end, never rounded up: rounding must not make a gate pass."""
    return decimal(value, places, ROUND_FLOOR)


def upper(value: float | None, places: int = PLACES) -> str | None:
    """Write an upper end, never rounded down."""
    return decimal(value, places, ROUND_CEILING)


def no_bounds(confidence: float) -> Interval:
    """Say that there is no interval, because nothing was scored."""
    return Interval(None, None)
