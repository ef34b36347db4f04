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

UNTOLD = -1.0
"""In place of a score, where no rail tells how toxic texts are or there was no text."""


def build_sweep(rails: Rails, direction: Direction, tallies: Sequence[Tally]) -> "fmops_native.Sweep | None":
    """Make the sweep of rails, of which each has a tally; None where one has no glance, or there is none."""
    glances = rails.glances(direction)
    if native is None or not glances:
        return None
    sweep: fmops_native.Sweep = native.Sweep(
        [
            {
                "glance": glance,
                "threshold": threshold,
                "timeout": timeout,
                "told": tally.passed,
                "is_scored": tally.scored,
            }
            for (glance, threshold, timeout), tally in zip(glances, tallies, strict=True)
        ]
    )
    return sweep
