"""Which row of an example counts."""

from array import array
from collections.abc import Iterator

from fmops_serving.evaluate.chain import Chained
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.numberfile import NumberFile
from fmops_serving.evaluate.request import Request, Unrendered
from fmops_serving.evaluate.rows import Key, Row, Rows

_NONE = -1
_FEW = 1 << 16
"""Answers whose places are kept in memory: half a MiB."""


def newest(inputs: Inputs, rows: Rows) -> Iterator[tuple[Key, Row | None]]:
    """Give the row that counts of everything that is asked, in the order of asking, None where there is none.

    That is the newest answer to the present prompt, or the newest error where no answer came. The order in which
    answers came makes no difference. Raises SinkFailed.
    """
    index = RowIndex(inputs, rows)
    for request in inputs.requests():
        yield request.key, index.newest(request)


class RowIndex:
    """Where the rows of each example are: in memory those of few, and where an answer came twice; else in a file."""

    def __init__(self, inputs: Inputs, rows: Rows) -> None:
        """Go over the rows once; raises SinkFailed."""
        self._inputs = inputs
        self._places: array[int] | NumberFile | None = None
        """Places from 1, 0 for none, by slot; nothing where there are no rows at all."""
        self._older: dict[int, list[int]] = {}
        """Places of the rows before the newest, where there are any."""
        self._wanted = _NONE
        for place, key in rows.places():
            slot = inputs.slot(key)
            if slot is not None:
                self._put(slot, place)
        self._read = rows.at(self._asked())

    def _put(self, slot: int, place: int) -> None:
        if self._places is None:
            wanted = self._inputs.wanted
            self._places = array("q", [0]) * wanted if wanted <= _FEW else NumberFile("q", wanted)
        before = self._place_of(slot)
        if before != _NONE:
            self._older.setdefault(slot, []).append(before)
        self._places[slot] = place + 1

    def _place_of(self, slot: int | None) -> int:
        return _NONE if slot is None or self._places is None else int(self._places[slot]) - 1

    def newest(self, request: Request | Unrendered | Chained) -> Row | None:
        """Give the newest answer to a request, or the newest error where no answer came."""
        error = None
        for row in self._rows_of(request.key):
            if row.prompt_hash == request.prompt_hash:
                if row.answered:
                    return row
                error = error or row
        return error

    def _rows_of(self, key: Key) -> Iterator[Row]:
        """Give the rows of one answer, the newest first."""
        slot = self._inputs.slot(key) if self._places is not None else None
        if slot is None or (newest := self._place_of(slot)) == _NONE:
            return
        for place in (newest, *reversed(self._older.get(slot, []))):
            self._wanted = place
            yield next(self._read)

    def _asked(self) -> Iterator[int]:
        """Give the place that is wanted whenever the reader asks for the next one."""
        while True:
            yield self._wanted
