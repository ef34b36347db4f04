"""The words of which a disguise is undone: those of lists and phrases, and all that have a stem of profanity."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fmops_serving.guard.look import Look
from fmops_serving.guard.stems import has_stem, masked_stems

MASK = "*"
"""Stands for a letter that is not shown."""


@dataclass(frozen=True)
class Known:
    """Folded words."""

    words: frozenset[str]

    def __contains__(self, word: str) -> bool:
        """Say whether a word is known."""
        return word in self.words or has_stem(word)

    def first(self, ways: Iterable[str]) -> str:
        """Give the first word that is known; empty when none is."""
        return next((way for way in ways if way in self), "")

    def may_be(self, masked: str) -> bool:
        """Say whether there is any letter for each mask that makes a known word, without trying them all."""
        alike = self._by_shape.get((len(masked), masked[:1]), ())
        return self._masked_stems(masked) or any(_fits(masked, word) for word in alike)

    @cached_property
    def _by_shape(self) -> dict[tuple[int, str], list[str]]:
        shapes: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        for word in self.words:
            shapes[len(word), word[:1]].append(word)
        return dict(shapes)

    @cached_property
    def _masked_stems(self) -> Look:
        return Look(masked_stems(MASK), f"f{MASK}ck")


def _fits(masked: str, word: str) -> bool:
    return all(shown in (letter, MASK) for shown, letter in zip(masked, word, strict=True))
