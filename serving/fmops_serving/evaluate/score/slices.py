"""Which examples are looked at apart: by tag, and by the language of their set."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

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


def largest(sizes: Mapping[str, int]) -> tuple[Sequence[str], int]:
    """Give the slices with the most examples, at most MOST, sorted by name; and how many there are beyond them."""
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    return sorted(ordered[:MOST]), max(0, len(ordered) - MOST)


class Slices:
    """The samples of each slice, by metric."""

    def __init__(self, inputs: Inputs, metrics: Sequence[str]) -> None:
        """Choose the slices that are looked at, from all that was asked."""
        self._inputs = inputs
        self._asked = Counter(self._all())
        names, self.omitted = largest(self._asked)
        repeated = inputs.plan.repeats > 1
        self._samples = {name: {metric: Sample(repeated=repeated) for metric in metrics} for name in names}

    def around(self, metric: str, unique_id: str) -> Iterator[Sample]:
        """Give a metric's samples of the slices that an example is in."""
        for name in self._of(unique_id, self._inputs.examples[unique_id]):
            if name in self._samples and metric in self._samples[name]:
                yield self._samples[name][metric]

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self._samples)

    def _all(self) -> Iterator[str]:
        if self._inputs.plan.slices:
            for unique_id, example in self._inputs.examples.items():
                yield from self._of(unique_id, example)

    def _of(self, unique_id: str, example: Example) -> Iterator[str]:
        return slices_of(example, self._inputs.language_of(unique_id), self._inputs.plan.slices)

    def __iter__(self) -> Iterator[tuple[str, Mapping[str, Sample], int]]:
        """Give each slice with its samples by metric, and how many examples of it were asked."""
        for name, samples in self._samples.items():
            yield name, samples, self._asked[name]
