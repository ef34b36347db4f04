"""What the judges of a candidate said, as scoring takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure


@dataclass(frozen=True)
class Judged:
    """What the judges of a candidate said: figures, answers that one of them did not score, and why, counted."""

    figures: Sequence[Figure] = ()
    scores: Mapping[Key, Mapping[str, float]] = field(default_factory=dict)
    """By answer, then by the name of the figure that they go into, on the rubric's scale."""
    unscored: frozenset[Key] = frozenset()
    faults: Mapping[str, int] = field(default_factory=dict)
    """By judge and cause, such as `general/Unreadable`."""


UNJUDGED = Judged()
"""What is said of the answers of a run without judges."""
