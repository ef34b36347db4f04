"""What one answer is worth to one metric: the part of a figure that can be told example by example."""

from typing import NamedTuple


class Grade(NamedTuple):
    """The score of one answer."""

    score: float | None = None
    """On the metric's own scale, as if the answer were the whole corpus; None when it could not be scored. From 0 to 1,
    but 0 to 100 for Bleu and Chrf, errors per word for WordErrorRate, and a length for Length."""
    answered_class: str | None = None
    """The class that a Classification read out of the answer; None when it names none, and for other metrics."""


UNSCORED = Grade()
