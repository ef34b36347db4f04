"""Glances: whether a detector finds nothing in a text, told by native code where that is installed.

A glance says "nothing" or that it cannot tell, and takes a fifth to a tenth of a look in Python; most texts need no
more. Without the package `fmops-native`, or with FMOPS_NATIVE=off in the environment, there are none, and every text
gets a look with the same result.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fmops_serving.guard.rustsyntax import counterpart
from fmops_serving.native import native

if TYPE_CHECKING:
    import fmops_native

    Glance = fmops_native.Patterns | fmops_native.Innocence


def glance_of(detector: object) -> "Glance | None":
    """Give a detector's glance; None where it has none."""
    glance: Glance | None = getattr(detector, "glance", None)
    return glance


def pattern_glance(patterns: Iterable[str], *, ascii_only: bool = False) -> "fmops_native.Patterns | None":
    """Give what tells that no pattern of RE2 is in a text; None where one has no counterpart."""
    if native is None:
        return None
    found = []
    for each in patterns:
        if (one := counterpart(each)) is None:
            return None
        found.append(one)
    sources = [each.source for each in found]
    try:
        glance: fmops_native.Patterns = native.Patterns(sources, ascii_only or any(each.ascii_only for each in found))
    except ValueError:
        return None
    return glance
