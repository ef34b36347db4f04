"""The rows of one candidate from several files, as if they were one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fmops_api.shard import Shard
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.rows import Key, Row, RowFile, Rows, WrittenRows

_BITS = 44
"""Of a place, for the byte in its file: 16 TiB. The bits above say which file."""
_BYTE = (1 << _BITS) - 1


@dataclass(frozen=True)
class JoinedRows:
    """Files with rows, of which the last alone is written to."""

    files: Sequence[Rows]

    def append(self, row: Row) -> int:
        """Add a row to the last file, and give its number; raises SinkFailed."""
        return len(self.files) - 1 << _BITS | self.files[-1].append(row)

    def read(self) -> Iterator[Row]:
        """Give every row, file after file; raises SinkFailed."""
        return (row for rows in self.files for row in rows.read())

    def places(self) -> Iterator[tuple[int, Key]]:
        """Say of which answer every row is, with a number of its file and its place there; raises SinkFailed."""
        for number, rows in enumerate(self.files):
            for place, key in rows.places():
                yield number << _BITS | place, key

    def at(self, places: Iterable[int]) -> Iterator[Row]:
        """Give the rows of these places, in their order; raises SinkFailed."""
        wanted = 0

        def asked() -> Iterator[int]:
            while True:
                yield wanted

        readers = [rows.at(asked()) for rows in self.files]
        for place in places:
            wanted = place & _BYTE
            yield next(readers[place >> _BITS])

    def sync(self) -> None:
        """Make sure that what was added survives a power cut; raises SinkFailed."""
        self.files[-1].sync()


@contextmanager
def answer_rows(folder: RunFolder, model: str, shard: Shard | None = None) -> Iterator[Rows]:
    """Open a runner's own rows, with those of others that answer the same questions before them; raises SinkFailed."""
    own = RowFile(folder.rows(model, shard))
    try:
        beside = [WrittenRows(path) for path in folder.rows_beside(model, shard)]
        yield JoinedRows([*beside, own]) if beside else own
    finally:
        own.close()


def written_rows(folder: RunFolder, model: str) -> Rows:
    """Give all rows of a candidate that is measured, in the order in which its runner saw them."""
    own = WrittenRows(folder.rows(model))
    beside = [WrittenRows(path) for path in folder.rows_beside(model)]
    return JoinedRows([*beside, own]) if beside else own
