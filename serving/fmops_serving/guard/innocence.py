"""Toxicity's glance: tier 1's probability of a text in which nothing else is to be found, by native code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fmops_serving.guard.glance import native
from fmops_serving.guard.rows import added
from fmops_serving.guard.rustsyntax import counterpart

if TYPE_CHECKING:
    import fmops_native

    from fmops_serving.guard.linear import LinearModel


def innocence(model: "LinearModel", suspicious: Sequence[str], below: float) -> "fmops_native.Innocence | None":
    """Give what tells a text's probability where it is below a bound, and nothing suspicious is in the folded text.

    Raises ValueError where a pattern of what is suspicious has no counterpart.
    """
    if native is None:
        return None
    found = [counterpart(each) for each in suspicious]
    if None in found:
        raise ValueError(f"{suspicious} cannot be written for native code")
    source = "|".join(f"(?:{each.source})" for each in found if each is not None)
    rows = []
    for word, row in model.rows.items():
        *numbers, marks = added([row])
        rows.append((word, (*numbers, marks > 0)))
    made: fmops_native.Innocence = native.Innocence(rows, model.offsets, source, below)
    return made
