"""What one answer is worth to one metric: the part of a figure that can be told example by example."""

from typing import NamedTuple


class Grade(NamedTuple):
    """The score of one answer."""

    score: float | None = None
    """From 0 to 1, higher is better; None when the answer could not be scored."""
    answered_class: str | None = None
    """The class that a Classification read out of the answer; None when it names none, and for other metrics."""


UNSCORED = Grade()
