"""What every metric is: what one example contributes, and how contributions become figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.sample import Sample

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)


class Tally(Protocol[M_contra]):
    """Contributions of any examples, in any order: the same ones give the same figures."""

    def add(self, measured: M_contra | None) -> None:
        """Take what one example contributes; None when it could not be scored."""

    def figures(self) -> Iterator[Figure]:
        """Give the metric's own figure first, then its parts."""


@dataclass(frozen=True)
class Scorer(Generic[M]):
    """A metric. `measure` is pure and looks at one example; it gives None for what cannot be scored."""

    name: str
    measure: Callable[[Sample], M | None]
    tally: Callable[[], Tally[M]]
    compares: bool = True
    """Whether the answer's text is judged, so that an example it cannot score lowers the coverage."""
