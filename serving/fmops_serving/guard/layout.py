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
_UNITS = bytes(code if chr(code).isalpha() else ord("." if chr(code) in _ENDS else " ") for code in range(128)) + bytes(
    128
)
"""What each ASCII character is in a line of units; a table of bytes takes a tenth of the time of one of characters."""

_NUMBERS = b"0123456789_"


def units_of(folded: str) -> list[str]:
    """Cut a folded text into its runs of letters and the ends of sentences."""
    if not folded.isascii():
        return ["." if unit in _ENDS else unit for unit in _UNIT.findall(folded)]
    return folded.encode().translate(_UNITS).replace(b".", b" . ").decode().split()


@dataclass
class Layout:
    """The text as it is read; not changed once it is made, and frozen would take thrice the time to make."""

    text: str
    readings: Sequence[Reading]
    units: Sequence[str]

    @classmethod
    def of(cls, folded: str, readings: Sequence[Reading]) -> "Layout":
        """Put the words that disguises stand for in their places."""
        text = _undone(folded, readings) if readings else folded
        return cls(text, readings, units_of(text))

    @property
    def has_words_for_units(self) -> bool:
        """Say of an ASCII text whether no unit is a part of a word: it has no digits and no disguises."""
        return not self.readings and len(self.text.encode().translate(None, _NUMBERS)) == len(self.text)

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
