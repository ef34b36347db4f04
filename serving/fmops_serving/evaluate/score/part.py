"""What a metric consists of: what it observes of one answer, and the figures that are made of observations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.grade import Grade

Observation = Any
"""What a metric sees of one answer, as plain as JSON and hashable: a score, or the right class and the answered one."""


@dataclass(frozen=True)
class MeanPart:
    """A figure that is the mean of a score of every example."""

    name: str
    how: str
    """The beginning of its signature."""
    score: Callable[[Observation], float]
    share: bool = True
    """Whether scores lie from 0 to 1, so that Wilson's interval fits."""


@dataclass(frozen=True)
class JointPart:
    """Figures that only all observations together have, such as F1 averaged over classes; from 0 to 1."""

    names: Sequence[str]
    hows: Sequence[str]
    """The beginnings of their signatures."""
    values: Callable[[Mapping[Observation, int]], Sequence[float]]
    """Gives the figures of observations with how often each was seen."""
    trials: Callable[[Mapping[Observation, int]], Sequence[int]]
    """Gives, for each figure, how many of the observations it is a share of."""


Part = MeanPart | JointPart


class Scorer(Protocol):
    """A metric that compares answers with examples."""

    name: str
    parts: Sequence[Part]

    def observe(self, example: Example, output: str) -> Observation | None:
        """See one answer; None when the example has nothing to compare with, so that the answer is unscored."""
        ...

    def grade(self, seen: Observation) -> Grade:
        """Say what one answer is worth, from what was seen of it."""
        ...
