"""A folded text with its disguises undone, cut into units, each of which knows where it came from."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

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

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each reading begins in the text as it is read."""
        grown = accumulate((len(each.word) - (each.end - each.start) for each in self.readings), initial=0)
        return [each.start + shift for each, shift in zip(self.readings, grown, strict=False)]

    def _before(self, place: int, *, ends: bool) -> int:
        """Give the place in the folded text of a place in the text as it is read."""
        before = (bisect_left if ends else bisect_right)(self._starts, place) - 1
        if before < 0:
            return place
        reading, beyond = self.readings[before], place - self._starts[before] - len(self.readings[before].word)
        if beyond < 0 or (ends and beyond == 0):
            return reading.end if ends else reading.start
        return reading.end + beyond


def _undone(folded: str, readings: Sequence[Reading]) -> str:
    parts, done = [], 0
    for reading in readings:
        parts += [folded[done : reading.start], reading.word]
        done = reading.end
    return "".join([*parts, folded[done:]])
