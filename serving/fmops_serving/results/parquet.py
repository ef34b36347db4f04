"""Parquet files, streamed: a row group is in memory, never a file."""

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from arro3.io import read_json, write_parquet

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.results.columns import SCHEMA_VERSION, schema
from fmops_serving.results.lines import JsonLines

_BATCH = 256
"""Rows that are turned into columns at once."""
_ROW_GROUP = 8192
"""Rows of a row group, which is held compressed until it is full."""


def write_results(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write a Parquet file with the columns of `columns.COLUMNS`, whole or not at all; raises SinkFailed.

    What `records` raises comes through as it is.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            _write(file, records, path)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        Path(temporary).replace(path)
    except OSError as error:
        raise SinkFailed(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)


def _write(file: IO[bytes], records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Raise what the records or the file raised."""
    source, target = _Source(records), _Target(file)
    lines = io.BufferedReader(JsonLines(source), 1 << 20)
    try:
        write_parquet(
            read_json(lines, schema(), batch_size=_BATCH), target,  # type: ignore[arg-type]
            compression="zstd(3)", max_row_group_size=_ROW_GROUP, created_by="fmops",
            key_value_metadata={"fmops.schema": SCHEMA_VERSION},
        )  # fmt: skip
    except Exception:  # noqa: BLE001 - the native code raises no narrower one
        # What the native reader says would quote the row, which may hold what an end user wrote.
        raise source.failure or SinkFailed(
            f"cannot write {path}: a row has a value of another type than its column"
        ) from None
    if target.failure:
        raise target.failure


class _Source:
    """Remembers what the records raised: out of the native reader it would come as another exception."""

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        self._records = records
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        try:
            yield from self._records
        except Exception as error:
            self.failure = error
            raise


class _Target:
    """Remembers what the file raised, and takes the rest for nothing: the native writer would abort with a dump."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, content: bytes) -> int:
        """Write, until the first failure."""
        if self.failure is None:
            try:
                self._file.write(content)
            except OSError as error:
                self.failure = error
        return len(content)

    def flush(self) -> None:
        """Do nothing: whoever opened the file flushes it."""

    def seek(self, *_: int) -> int:
        """Be there, as the native writer asks; a Parquet file is written from front to back."""
        raise io.UnsupportedOperation("seek")
