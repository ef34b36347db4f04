"""What the judges of a candidate said, as scoring takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure


@dataclass(frozen=True)
class Judged:
    """What the judges of a candidate said: figures, answers that one of them did not score, and why, counted."""

    figures: Sequence[Figure] = ()
    unscored: frozenset[Key] = frozenset()
    faults: Mapping[str, int] = field(default_factory=dict)
    """By judge and cause, such as `general/Unreadable`."""
