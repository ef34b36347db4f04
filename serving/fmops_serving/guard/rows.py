"""Rows of numbers that are added up: a row is one integer with a field of 64 bits for each number.

Python adds two integers of six fields in the time of two floating-point numbers, and so all columns at once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from struct import Struct

FIELDS = 7
UNIT = 2.0**-45
"""What a field counts; rounding to it is of the order of what as many floating-point sums are off by."""
_FIELDS = Struct(f"<{FIELDS}q")
_SIGN = 1 << 63
_SIGNS = sum(_SIGN << 64 * place for place in range(FIELDS))
"""Added to a sum so that no field borrows from the next, and taken away by one operation on all."""
_FIRST = (1 << 64) - 1
_AT_ONCE = 1024
"""Rows that are added before their fields are read: so many of the largest fit."""


class Row(int):
    """A row, which sets and dictionaries take for itself and no other: that costs a tenth of what its numbers would."""

    __slots__ = ()
    __hash__ = object.__hash__


def row(numbers: Sequence[float]) -> Row:
    """Write FIELDS numbers as a row; raises ValueError for one that is too large to be added up."""
    fields = [round(number / UNIT) for number in numbers]
    if max(map(abs, fields)) * _AT_ONCE >= _SIGN:
        raise ValueError(f"{max(numbers, key=abs):g} is too large to be added up")
    return Row(sum(field << 64 * place for place, field in enumerate(fields)))


def added(rows: Sequence[int]) -> Sequence[int]:
    """Give the sum of each number, in UNITs."""
    if len(rows) > _AT_ONCE:
        parts = (added(rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE))
        return [sum(column) for column in zip(*parts, strict=True)]
    return _FIELDS.unpack((sum(rows, _SIGNS) ^ _SIGNS).to_bytes(_FIELDS.size, "little"))


def written(rows: Iterable[int]) -> bytes:
    """Write rows one after another, each as its numbers in UNITs: 64 bits with a sign, the lowest byte first."""
    return b"".join([((row + _SIGNS) ^ _SIGNS).to_bytes(_FIELDS.size, "little") for row in rows])


def lacking(rows: Sequence[Row]) -> int:
    """Give what the sum of rows lacks, in UNITs, for their first number to be the square of the others' kind.

    The square of n times a number is n² times its own square, of which n were added. No square is negative.
    """
    return sum([count * (count - 1) * (row & _FIRST) for row, count in Counter(rows).items() if count > 1])
