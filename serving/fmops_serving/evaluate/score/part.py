"""The figures of a metric: each is made of what was observed of answers, in one of four ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fmops_serving.evaluate.intervals import quantile_of_counts

PLACES = 4
"""Decimals of a figure: hundredths of a percent, or tenths of a millisecond."""
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
    least: float | None = None
    """The smallest score, for one that is no share and knows one; its interval ends there."""
    scale: tuple[float, float] | None = None
    """The smallest and the greatest score, for one that is no share and knows both."""
    places: int = PLACES
    """Decimals that say something."""


@dataclass(frozen=True)
class JointPart:
    """Figures that only all observations together have, such as F1 averaged over classes."""

    names: Sequence[str]
    hows: Sequence[str]
    """The beginnings of their signatures."""
    values: Callable[[Mapping[Observation, int]], Sequence[float]]
    """Gives the figures of observations with how often each was seen."""
    trials: Callable[[Mapping[Observation, int]], Sequence[int]]
    """Gives, for each figure, how many of the observations it is a share of."""
    most: float | None = 1.0
    """The greatest value, where figures go from 0 to one; None where nothing bounds them."""


@dataclass(frozen=True)
class SumPart:
    """A figure of the whole corpus: counts are added up over the answers before anything is divided."""

    name: str
    how: str
    """The beginning of its signature."""
    value: Callable[[Sequence[int]], float]
    """Gives the figure of added observations, each a tuple of as many whole numbers."""
    most: float
    """The value of which few answers may be all there is: that of the best or, of errors, of one an item."""


@dataclass(frozen=True)
class QuantilePart:
    """A figure that a share of all answers does not exceed."""

    name: str
    how: str
    """The beginning of its signature."""
    score: Callable[[Observation], float]
    share: float

    def joint(self) -> JointPart:
        """See it as a figure of all observations together, for where order statistics do not reach."""

        def values(counts: Mapping[Observation, int]) -> Sequence[float]:
            return [quantile_of_counts(((self.score(seen), count) for seen, count in counts.items()), self.share)]

        return JointPart((self.name,), (self.how,), values, lambda counts: [sum(counts.values())], None)


Part = MeanPart | JointPart | SumPart | QuantilePart
