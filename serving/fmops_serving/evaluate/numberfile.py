"""Numbers in a temporary file of the process's own, which is gone when it ends."""

import errno
import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.intervals import Ordered

_RUN = 1 << 15
"""Numbers that are sorted at once."""
_PIECE = 512
"""Numbers that are read or written at once, and are in memory meanwhile."""


class NumberFile:
    """Numbers of one type of the module array, by place; raises SinkFailed where the file cannot be used."""

    def __init__(self, typecode: str, length: int = 0) -> None:
        """Make one of as many zeros, which take no room."""
        self._typecode, self._width, self._length = typecode, array(typecode).itemsize, length
        try:
            self._file, path = tempfile.mkstemp(prefix="fmops-")
            weakref.finalize(self, os.close, self._file)
            os.truncate(self._file, length * self._width)
            os.unlink(path)  # noqa: PTH108 - nobody else finds it, and nothing is left when the process is killed
        except OSError as error:
            raise _unusable(error) from None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int, /) -> float:
        if not 0 <= place < self._length:
            raise IndexError(place)
        return self._read(place, 1)[0]

    def __setitem__(self, place: int, number: float, /) -> None:
        if not 0 <= place < self._length:
            raise IndexError(place)
        self._write(place, array(self._typecode, [number]))

    def between(self, start: int, stop: int) -> Iterator[float]:
        """Give those from one place up to another."""
        for place in range(start, stop, _PIECE):
            yield from self._read(place, min(_PIECE, stop - place))

    def extend(self, numbers: Iterable[float]) -> None:
        """Put numbers behind those that are there."""
        numbers = iter(numbers)
        while piece := array(self._typecode, islice(numbers, _PIECE)):
            self._write(self._length, piece)
            self._length += len(piece)

    def _read(self, place: int, count: int) -> "array[float]":
        try:
            return array(self._typecode, os.pread(self._file, count * self._width, place * self._width))
        except OSError as error:
            raise _unusable(error) from None

    def _write(self, place: int, numbers: "array[float]") -> None:
        try:
            written = os.pwrite(self._file, numbers, place * self._width)
        except OSError as error:
            raise _unusable(error) from None
        if written < len(numbers) * self._width:  # The disk got full: it says so from the next byte on.
            raise _unusable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


class SortedNumbers:
    """Takes numbers one by one, and gives them in their order; more than a run of them are in a file.

    An external merge sort (Knuth 1998, 5.4): sorted in memory, a million numbers take 40 MB.
    """

    def __init__(self, typecode: str) -> None:
        self._newest: array[float] = array(typecode)
        self._runs: NumberFile | None = None

    def append(self, number: float) -> None:
        """Take one; raises SinkFailed."""
        self._newest.append(number)
        if len(self._newest) == _RUN:
            self._runs = self._runs or NumberFile(self._newest.typecode)
            self._runs.extend(sorted(self._newest))
            del self._newest[:]

    def ordered(self) -> Ordered:
        """Give all that were taken, sorted upwards; raises SinkFailed, and so does who looks at them."""
        newest = array(self._newest.typecode, sorted(self._newest))
        if self._runs is None:
            return newest
        runs = [self._runs.between(start, start + _RUN) for start in range(0, len(self._runs), _RUN)]
        found = NumberFile(newest.typecode)
        found.extend(merge(*runs, newest))
        return found


def _unusable(error: OSError) -> SinkFailed:
    return SinkFailed(f"cannot keep numbers in {tempfile.gettempdir()}: {error.strerror or error}")
