"""A folded text with its disguises undone, cut into units, each of which knows where it came from."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice

from fmops_serving.guard.codepage import Becoming
from fmops_serving.guard.disguise import Reading
from fmops_serving.guard.folding import without_print

_UNIT = re.compile(r"[^\W\d_]+|[.?!;:\n]")
_ENDS = ".?!;:\n"
"""What ends a sentence; each is a unit of its own, a full stop."""
_NUMBER = b"0"
_UNITS = bytes(
    code if chr(code).isalpha() else ord("." if chr(code) in _ENDS else "0" if chr(code) in "0123456789_" else " ")
    for code in range(128)
) + bytes(128)
"""What each ASCII character is in a line of units; a table of bytes takes a tenth of the time of one of characters."""


def _spaced(character: str) -> str:
    """Give what a character is in a line of units."""
    return "." if character in _ENDS else character if _UNIT.match(character) else " "


_spaced_by_page = Becoming(_spaced)


def units_of(folded: str) -> list[str]:
    """Cut a folded text into its runs of letters and the ends of sentences."""
    return _cut(folded)[0]


def _cut(folded: str) -> tuple[list[str], bool]:
    """Give the units of a text, and whether each is a whole word: it is ASCII but for print, and has no digits."""
    plain = folded if folded.isascii() else without_print(folded)
    if not plain.isascii():
        if (spaced := _spaced_by_page(folded)) is not None:
            return spaced.replace(".", " . ").split(), False
        return ["." if unit in _ENDS else unit for unit in _UNIT.findall(folded)], False
    line = plain.encode().translate(_UNITS).replace(b".", b" . ")
    whole = line.find(_NUMBER) < 0
    return (line if whole else line.replace(_NUMBER, b" ")).decode().split(), whole


class Layout:
    """The text as it is read."""

    def __init__(self, folded: str, readings: Sequence[Reading] = (), *, quiet: bool = True) -> None:
        """Put the words that disguises stand for in their places."""
        self.readings = readings
        self.text = _undone(folded, readings) if readings else folded
        self.units, whole = _cut(self.text)
        self.whole = whole and not readings
        """Whether each unit is a whole word: the text is ASCII but for print, without digits and disguises."""
        self.quiet = quiet
        """Whether nothing suspicious was seen in it."""
        self._spans: list[tuple[int, int]] = []

    @cached_property
    def line(self) -> str:
        """The units, one space apart; written when it is first asked for, since most texts need none."""
        return " ".join(self.units)

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Give the place in the folded text of the units from `first` to `last`."""
        end, start = self._span(last)[1], self._span(first)[0]
        return (self._before(start, ends=False), self._before(end, ends=True)) if self.readings else (start, end)

    def _span(self, unit: int) -> tuple[int, int]:
        """Give the place of a unit in the text as it is read, which is gone through once and no further than that."""
        self._spans += map(re.Match.span, islice(self._found, max(0, unit + 1 - len(self._spans))))
        return self._spans[unit]

    @cached_property
    def _found(self) -> Iterator[re.Match[str]]:
        return _UNIT.finditer(self.text)

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
