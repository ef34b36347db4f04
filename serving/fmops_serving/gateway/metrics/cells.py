"""Cells: single series that count. They belong to one event loop and know no locks."""

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from fmops_api.series import Series

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
    """A histogram: how many observations lie at or below each bound and above the one before."""

    __slots__ = ("bounds", "counts", "examples", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Begin with nothing; the last count is of what lies above all bounds."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self.examples: dict[int, Exemplar] = {}

    def observe(self, value: float, trace: tuple[str, str] | None = None) -> None:
        """Take an observation; the last one with a trace is each bucket's example."""
        place = bisect_left(self.bounds, value)
        self.counts[place] += 1
        self.sum += value
        if trace is not None:
            self.examples[place] = Exemplar(*trace, value, time.time())

    def observe_all(self, values: Sequence[float]) -> None:
        """Take observations, of which there is one at least, that belong to no trace."""
        counts, bounds = self.counts, self.bounds
        if max(values) <= bounds[0]:
            counts[0] += len(values)
        else:
            for value in values:
                counts[bisect_left(bounds, value)] += 1
        self.sum += sum(values)


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
