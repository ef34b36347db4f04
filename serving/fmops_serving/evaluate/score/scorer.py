"""What every metric is: what it observes of one answer, what that is worth, and the figures made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import Observation, Part
from fmops_serving.evaluate.score.reply import Reply


def score_itself(seen: Observation) -> Grade:
    """Grade an observation that is a score."""
    return Grade(float(seen))


@dataclass(frozen=True)
class Scorer:
    """A metric that looks at answers. `observe` is pure and looks at one of them.

    It gives None when there is nothing to compare with, so that the answer is unscored. `grade` says what one answer is
    worth, from what was seen of it.
    """

    name: str
    parts: Sequence[Part]
    observe: Callable[[Reply], Observation | None]
    grade: Callable[[Observation], Grade] = score_itself
    compares: bool = True
    """Whether the answer's text is judged, so that an example it cannot score lowers the coverage."""
