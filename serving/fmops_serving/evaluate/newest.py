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
    """Where the row of each answer is that counts: of few in memory, as where an answer came twice, else in a file.

    Iterating gives them all in the order of asking, for who has looked up every request or seen its row come: nothing
    is rendered again to know which rows are answers to the present prompts.
    """

    def __init__(self, inputs: Inputs, rows: Rows) -> None:
        """Go over the rows once; raises SinkFailed."""
        self._inputs = inputs
        self._places: array[int] | NumberFile | None = None
        """Places from 1, 0 for none, by slot; nothing where there are no rows at all."""
        self._older: dict[int, list[int]] = {}
        """Places of the rows before the newest, where there are any."""
        self._wanted: list[int] = []
        """The place that is read next. The reader holds this and not the index: its file closes with the index."""
        for place, key in rows.places():
            slot = inputs.slot(key)
            if slot is not None:
                before = self._place_of(slot)
                if before != _NONE:
                    self._older.setdefault(slot, []).append(before)
                self._put(slot, place)
        self._read = rows.at(iter(self._wanted.pop, _NONE))

    def newest(self, request: Request | Unrendered | Chained) -> Row | None:
        """Give the newest answer to a request, or the newest error where no answer came, and forget other rows."""
        slot = self._inputs.slot(request.key) if self._places is not None else None
        if slot is None or (last := self._place_of(slot)) == _NONE:
            return None
        counts: tuple[int, Row | None] = _NONE, None
        for place in (last, *reversed(self._older.pop(slot, []))):
            row = self._at(place)
            if row.prompt_hash != request.prompt_hash:
                continue
            if row.answered:
                counts = place, row
                break
            if counts[1] is None:
                counts = place, row
        self._put(slot, counts[0])
        return counts[1]

    def came(self, key: Key, place: int) -> None:
        """Take note of a row that was added: it is what counts of its answer now; raises SinkFailed."""
        slot = self._inputs.slot(key)
        if slot is not None:
            self._put(slot, place)

    def __iter__(self) -> Iterator[tuple[Key, Row | None]]:
        for key in self._inputs.wanted_keys():
            place = self._place_of(self._inputs.slot(key))
            yield key, None if place == _NONE else self._at(place)

    def _put(self, slot: int, place: int) -> None:
        if self._places is None:
            wanted = self._inputs.wanted
            self._places = array("q", [0]) * wanted if wanted <= _FEW else NumberFile("q", wanted)
        self._places[slot] = place + 1

    def _place_of(self, slot: int | None) -> int:
        return _NONE if slot is None or self._places is None else int(self._places[slot]) - 1

    def _at(self, place: int) -> Row:
        self._wanted.append(place)
        return next(self._read)
