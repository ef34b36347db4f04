"""Which examples are looked at apart: by tag, and by the language of their set."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fmops_api.evaluationrun import SliceBy
from fmops_api.promptcatalog import Example

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
