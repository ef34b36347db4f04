"""Cells: single series that count. They belong to one event loop and know no locks."""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from fmops_api.series import Series
from fmops_serving.gateway.metrics.buckets import Buckets

Labels = tuple[str, ...]


class Exemplar(NamedTuple):
    """One observation as an example, with the trace that it was part of."""

    trace: str
    span: str
    value: float
    at: float
    """Unix time in seconds."""


class Number:
    """A counter or a gauge."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        """Begin at zero."""
        self.value = 0

    def add(self, amount: int = 1) -> None:
        """Count."""
        self.value += amount


class Distribution:
    """A histogram, and examples of what was observed."""

    __slots__ = ("bounds", "buckets", "examples", "observe")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Begin with nothing."""
        self.bounds = bounds
        self.buckets = Buckets(bounds)
        self.observe = self.buckets.observe
        """Takes an observation."""
        self.examples: dict[int, Exemplar] = {}

    def exemplify(self, value: float, trace: tuple[str, str]) -> None:
        """Take an observation as an example; the last one is its bucket's."""
        self.examples[bisect_left(self.bounds, value)] = Exemplar(*trace, value, time.time())


Cell = TypeVar("Cell", Number, Distribution)


class Cells(dict[Labels, Cell]):
    """Cells by the values of the series' labels, in their order; one that is asked for the first time is made."""

    def __init__(self, make: Callable[[], Cell]) -> None:
        """Begin with none."""
        super().__init__()
        self._make: Callable[[], Cell] = make

    def __missing__(self, labels: Labels) -> Cell:
        """Make one."""
        made = self[labels] = self._make()
        return made


class Family(Generic[Cell]):
    """All cells of one series."""

    def __init__(self, series: Series, make: Callable[[], Cell]) -> None:
        """Begin with no cells."""
        self.series = series
        self.cells: Cells[Cell] = Cells(make)

    def cell(self, *labels: str) -> Cell:
        """Give the cell of these values."""
        return self.cells[labels]

    def keep(self, wanted: Callable[[Labels], bool]) -> None:
        """Drop the cells whose labels are not wanted any more."""
        for labels in [labels for labels in self.cells if not wanted(labels)]:
            del self.cells[labels]


def numbers(series: Series) -> Family[Number]:
    """Make a family of counters or gauges."""
    return Family(series, Number)


def distributions(series: Series) -> Family[Distribution]:
    """Make a family of histograms."""
    return Family(series, lambda: Distribution(series.buckets))
