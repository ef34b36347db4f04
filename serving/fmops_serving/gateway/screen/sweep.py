"""A sweep: all rails of one direction glance at a whole request or answer, in one call of native code.

Only plain ones are swept, that have texts where nearly all have them. A sweep says that no rail has anything to say of
any text, or that it cannot tell; then each text is looked at.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fmops_api.guardrail import Direction
from fmops_serving.gateway.screen.checks import Tally
from fmops_serving.guard.rails import Rails
from fmops_serving.native import native

if TYPE_CHECKING:
    import fmops_native

Scores = Sequence[float]
"""The highest score of each rail that tells how toxic texts are; of none where there was no text."""


class Sweep:
    """The glances of one direction."""

    def __init__(self, sweep: "fmops_native.Sweep", tallies: Sequence[Tally]) -> None:
        """Take a tally for each."""
        self._sweep = sweep
        self._tallies = tallies

    def request(self, plain: "fmops_native.Request") -> Scores | None:
        """Give the scores of a request of which no rail says anything; None where one may."""
        return self._told(self._sweep.request(plain))

    def answer(self, plain: "fmops_native.Answer") -> Scores | None:
        """Give the scores of an answer, likewise."""
        return self._told(self._sweep.answer(plain))

    def _told(self, swept: "Sequence[tuple[float, Sequence[float]]] | None") -> Scores | None:
        """Tell of the glances, where there was a text."""
        if swept is None:
            return None
        scores = []
        for tally, (highest, seconds) in zip(self._tallies, swept, strict=True):
            if seconds:
                tally.passed(highest, seconds)
                if tally.scored:
                    scores.append(highest)
        return scores


def build_sweep(rails: Rails, direction: Direction, tallies: Sequence[Tally]) -> Sweep | None:
    """Make the sweep of rails, of which each has a tally; None where one has no glance, or there is none."""
    glances = rails.glances(direction)
    return Sweep(native.Sweep(glances), tallies) if native is not None and glances else None
