"""A folded text with its disguises undone, cut into units, each of which knows where it came from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from fmops_serving.guard.disguise import Reading

UNITS = re.compile(r"[^\W\d_]+|[.?!;:\n]")
"""What a text is laid out in: words, and what ends a sentence."""


@dataclass(frozen=True)
class Layout:
    """The text as it is read."""

    text: str
    readings: Sequence[Reading]
    units: Sequence[str]

    @classmethod
    def of(cls, folded: str, readings: Sequence[Reading]) -> "Layout":
        """Put the words that disguises stand for in their places."""
        text = _undone(folded, readings) if readings else folded
        return cls(text, readings, UNITS.findall(text))

    @cached_property
    def line(self) -> str:
        """The units, one space apart."""
        return " ".join(self.units)

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Give the place in the folded text of the units from `first` to `last`."""
        spans = self._spans
        return self._before(spans[first][0], ends=False), self._before(spans[last][1], ends=True)

    @cached_property
    def _spans(self) -> Sequence[tuple[int, int]]:
        return [found.span() for found in UNITS.finditer(self.text)]

    def _before(self, place: int, *, ends: bool) -> int:
        """Give the place in the folded text of a place in the text as it is read."""
        shift = 0
        for reading in self.readings:
            start = reading.start + shift
            if place < start or (place == start and ends):
                break
            if place < start + len(reading.word) or (place == start + len(reading.word) and ends):
                return reading.end if ends else reading.start
            shift += len(reading.word) - (reading.end - reading.start)
        return place - shift


def _undone(folded: str, readings: Sequence[Reading]) -> str:
    parts, done = [], 0
    for reading in readings:
        parts += [folded[done : reading.start], reading.word]
        done = reading.end
    return "".join([*parts, folded[done:]])
