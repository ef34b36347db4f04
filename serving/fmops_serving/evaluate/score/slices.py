"""Which examples are looked at apart: by tag, and by the language of their set."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fmops_api.evaluationrun import SliceBy
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.score.sample import Sample

MOST = 50
"""Slices of a run; a tag for each example would make a table of its own."""


def slices_of(example: Example, language: str | None, by: Sequence[SliceBy]) -> Iterator[str]:
    """Name the slices that an example is in, as tag=billing or language=de."""
    if SliceBy.TAG in by:
        yield from (f"tag={tag}" for tag in example.tags or ())
    if SliceBy.LANGUAGE in by and language is not None:
        yield f"language={language}"


def largest(slices: Iterable[Iterable[str]]) -> tuple[Sequence[str], int]:
    """Give the slices with the most examples, at most MOST, sorted by name; and how many there are beyond them."""
    sizes: Mapping[str, int] = Counter(name for each in slices for name in each)
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    return sorted(ordered[:MOST]), max(0, len(ordered) - MOST)


class Slices:
    """The samples of each slice, by metric."""

    def __init__(self, inputs: Inputs, metrics: Sequence[str]) -> None:
        """Choose the slices that are looked at, from all that was asked."""
        self._of = {
            unique_id: list(slices_of(example, inputs.language_of(unique_id), inputs.plan.slices))
            for unique_id, example in inputs.examples.items()
        }
        names, self.omitted = largest(self._of.values())
        self._asked = Counter(name for each in self._of.values() for name in each)
        repeated = inputs.plan.repeats > 1
        self._samples = {name: {metric: Sample(repeated=repeated) for metric in metrics} for name in names}

    def around(self, metric: str, unique_id: str) -> Iterator[Sample]:
        """Give a metric's samples of the slices that an example is in."""
        for name in self._of[unique_id]:
            if name in self._samples and metric in self._samples[name]:
                yield self._samples[name][metric]

    def __iter__(self) -> Iterator[tuple[str, Mapping[str, Sample], int]]:
        """Give each slice with its samples by metric, and how many examples of it were asked."""
        for name, samples in self._samples.items():
            yield name, samples, self._asked[name]
