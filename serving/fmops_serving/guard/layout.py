"""A folded text with its disguises undone, cut into units, each of which knows where it came from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from fmops_serving.guard.disguise import Reading

_UNIT = re.compile(r"[^\W\d_]+|[.?!;:\n]")
_ENDS = ".?!;:\n"
"""What ends a sentence; each is a unit of its own, a full stop."""
_NO_UNITS = {code: " " for code in range(128) if not chr(code).isalpha() and chr(code) != "."}


def units_of(folded: str) -> list[str]:
    """Cut a folded text into its runs of letters and the ends of sentences."""
    if not folded.isascii():
        return ["." if unit in _ENDS else unit for unit in _UNIT.findall(folded)]
    for end in _ENDS:
        folded = folded.replace(end, " . ")
    return folded.translate(_NO_UNITS).split()


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
        return cls(text, readings, units_of(text))

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
        return [found.span() for found in _UNIT.finditer(self.text)]

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
