"""Rows: one answer a line, appended as it comes, never changed afterwards."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, cast

import orjson
from typing_extensions import TypeVar

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.rowlines import failed, read_at, read_lines, read_places

Key = tuple[str, int]
"""Which answer: the example as set/id, and the repeat."""


@dataclass
class Row:
    """What came of one request: an output, or an error after all attempts. Times are in seconds.

    Nobody changes one. It is not frozen because that makes it three times as dear to make, which is done for every
    answer and whenever one is read; and it has no slots because orjson writes a dictionary in half the time.
    """

    example: str
    repeat: int
    prompt_hash: str
    messages: Sequence[Mapping[str, str]]
    output: str | None
    finish_reason: str | None
    prompt_tokens: int | None
    output_tokens: int | None
    time_to_first_token: float | None
    request_time: float | None
    attempts: int
    error: str | None
    at: str
    """When it was done, as RFC 3339."""
    time_between_tokens: float | None = None
    """Mean over the answer's tokens after the first."""
    steps: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """What came of each step of a chain, in order; the fields above are then of the whole chain."""
    cached: str | None = None
    """The inputs that it was asked for, where those are earlier ones."""

    @property
    def key(self) -> Key:
        """Say which answer of the run this is."""
        return self.example, self.repeat

    @property
    def answered(self) -> bool:
        """Say whether there is an output; an empty one is an answer too."""
        return self.error is None

    @property
    def asked(self) -> str:
        """Give the hash of everything that makes an answer different."""
        return self.prompt_hash

    @property
    def reusable(self) -> bool:
        """Say whether the same question may be answered with it: not where a filter or the limit left nothing of it."""
        return self.answered and self.finish_reason != "content_filter" and not (self.truncated and not self.output)

    def recalled_from(self, inputs_hash: str) -> "Row":
        """Give the row as one that was asked for earlier inputs."""
        return replace(self, cached=self.cached or inputs_hash)

    @property
    def truncated(self) -> bool:
        """Say whether the limit on tokens cut the answer off, or that of a step before it."""
        if not self.steps:
            return self.finish_reason == "length"
        return self.finish_reason == "length" or any(step.get("finish_reason") == "length" for step in self.steps)


R = TypeVar("R", default=Row)
"""What a row is; an answer, where nothing else is said."""


class Rows(Protocol[R]):
    """The rows of one candidate, oldest first."""

    def append(self, row: R) -> int:
        """Add a row, and give the number by which it is found again; raises SinkFailed."""

    def read(self) -> Iterator[R]:
        """Give every row; raises SinkFailed."""

    def places(self) -> Iterator[tuple[int, Key]]:
        """Say of which answer every row is, with a number by which it is found again; raises SinkFailed."""

    def at(self, places: Iterable[int]) -> Iterator[R]:
        """Give the rows of these places, in their order; raises SinkFailed."""

    def sync(self) -> None:
        """Make sure that the rows survive a power cut; raises SinkFailed."""


class MemoryRows(Generic[R]):
    """Rows of a run without a sink: gone with the process."""

    def __init__(self) -> None:
        self._rows: list[R] = []

    def append(self, row: R) -> int:
        """Add a row, and give its number."""
        self._rows.append(row)
        return len(self._rows) - 1

    def read(self) -> Iterator[R]:
        """Give every row."""
        return iter(self._rows)

    def places(self) -> Iterator[tuple[int, Key]]:
        """Say of which answer every row is, with its number."""
        return ((number, row.key) for number, row in enumerate(cast("list[Row]", self._rows)))

    def at(self, places: Iterable[int]) -> Iterator[R]:
        """Give the rows of these numbers, in their order."""
        return (self._rows[place] for place in places)

    def sync(self) -> None:
        """Do nothing: memory does not survive."""


@dataclass(frozen=True)
class WrittenRows:
    """Answers in a file that somebody else has written to its end."""

    path: Path

    def append(self, row: Row) -> int:
        """Refuse: the file is not ours."""
        raise SinkFailed(f"cannot write to {self.path}: it belongs to another stage")

    def read(self) -> Iterator[Row]:
        """Give every row, reading line by line; raises SinkFailed on a line that is none."""
        return read_lines(self.path, Row)

    def places(self) -> Iterator[tuple[int, Key]]:
        """Say of which answer every row is, with the byte at which it begins; raises SinkFailed."""
        return read_places(self.path)

    def at(self, places: Iterable[int]) -> Iterator[Row]:
        """Give the rows that begin at these bytes, in their order; raises SinkFailed."""
        return read_at(self.path, Row, places)

    def sync(self) -> None:
        """Do nothing: nothing is written."""


class RowFile(Generic[R]):
    """Rows in a JSON lines file, one writer at a time.

    A line is written with one system call as soon as its answer is there, so a killed process loses none. What a full
    disk or a power cut left of a last line is dropped when the file is opened.
    """

    def __init__(self, path: Path, row: type[R] | None = None) -> None:
        """Open or make the file; raises SinkFailed when it cannot be, or when somebody else writes to it."""
        self._path = path
        self._row = row or cast("type[R]", Row)
        self._unsynced = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise failed("open", path, error) from None
        try:
            self._lock()
            self._drop_torn_line()
        except BaseException:
            os.close(self._file)
            raise

    def append(self, row: R) -> int:
        """Add a row, and give the byte at which it begins.

        Raises SinkFailed when it does not fit, and then nothing of it counts.
        """
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            raise failed("write to", self._path, error) from None
        self._unsynced = True
        self._end += len(line)
        return self._end - len(line)

    def read(self) -> Iterator[R]:
        """Give every row, reading line by line; raises SinkFailed on a line that is none."""
        return read_lines(self._path, self._row)

    def places(self) -> Iterator[tuple[int, Key]]:
        """Say of which answer every row is, with the byte at which it begins; raises SinkFailed."""
        return read_places(self._path)

    def at(self, places: Iterable[int]) -> Iterator[R]:
        """Give the rows that begin at these bytes, in their order; raises SinkFailed."""
        return read_at(self._path, self._row, places)

    def sync(self) -> None:
        """Ask the disk to keep what was written; raises SinkFailed."""
        if not self._unsynced:
            return
        self._unsynced = False
        try:
            os.fsync(self._file)
        except OSError as error:
            raise failed("write to", self._path, error) from None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SinkFailed(
                f"another evaluation writes to {self._path}: wait for it, or choose another place"
            ) from None
        except OSError:
            return  # a file system without locks; the Job runs one pod per candidate anyway

    def _drop_torn_line(self) -> None:
        try:
            self._end = _end_of_last_line(self._file)
            if self._end != os.fstat(self._file).st_size:
                os.ftruncate(self._file, self._end)
        except OSError as error:
            raise failed("write to", self._path, error) from None


@contextmanager
def kept_rows(path: Path | None, row: type[R]) -> Iterator[Rows[R]]:
    """Open a file of rows, or hold them in memory where there is none; raises SinkFailed."""
    if path is None:
        yield MemoryRows[R]()
        return
    file = RowFile(path, row)
    try:
        yield file
    finally:
        file.close()


def _end_of_last_line(file: int, step: int = 65536) -> int:
    """Find the offset after the last line end, reading backwards."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - step)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
