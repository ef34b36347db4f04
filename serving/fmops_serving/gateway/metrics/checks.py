"""What looks of the rails of one model led to, told by those rails."""

from collections.abc import Sequence
from typing import NamedTuple

from fmops_api import series
from fmops_api.guardrail import Direction
from fmops_serving.gateway.metrics.cells import Distribution, Family, Number, distributions, numbers
from fmops_serving.gateway.screen.checks import Check, Outcome, Passing
from fmops_serving.native import native

_ALLOWED, _BYPASSED = Outcome.ALLOWED, Outcome.BYPASSED
"""Looked up once: an enumeration takes its time."""


class GuardFamilies(NamedTuple):
    """The series of the guard."""

    checks: Family[Number]
    remembered: Family[Number]
    times: Family[Distribution]
    bypassed: Family[Number]


def guard_families() -> GuardFamilies:
    """Make them, without a cell."""
    return GuardFamilies(
        numbers(series.GUARD_CHECKS),
        numbers(series.GUARD_REMEMBERED),
        distributions(series.GUARD_DURATION),
        numbers(series.GUARD_BYPASSED),
    )


class Checks:
    """Counts the looks of one model's rails."""

    def __init__(self, families: GuardFamilies, place: tuple[str, str]) -> None:
        """Take the model's namespace and name."""
        self._families = families
        self._place = place

    def __call__(self, check: Check) -> None:
        """Take looks at texts."""
        families, (namespace, model) = self._families, self._place
        rail, detector, direction, outcome, _, looks, seconds = check
        families.checks.cells[namespace, model, detector, rail, direction, outcome].add(looks)
        if seconds:
            families.times.cells[namespace, model, detector, direction].buckets.observe_all(seconds)
        else:
            families.remembered.cells[namespace, model, detector, rail].add(looks)
        if outcome is _BYPASSED:
            families.bypassed.cells[namespace, model, rail, direction].add(looks)

    def passing(self, rail: str, detector: str, direction: Direction) -> Passing:
        """Give what counts a rail's looks that found nothing.

        It keeps the labels and not the cells: those of a model that has been without pods for long are dropped.
        """
        looks, times = self._families.checks.cells, self._families.times.cells
        of_looks, of_times = (*self._place, detector, rail, direction, _ALLOWED), (*self._place, detector, direction)

        if native is not None:
            counted: Passing = native.Passing(looks, of_looks, times, of_times)
            return counted

        def passed(_: float, seconds: Sequence[float]) -> None:
            looks[of_looks].value += len(seconds)
            times[of_times].buckets.observe_all(seconds)

        return passed
