"""Reading rows back from the lines of a file: all of them, or those of some places, none of them held."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import orjson

from fmops_serving.evaluate.errors import SinkFailed

R = TypeVar("R")
_SHORT = 4096
"""Bytes of most lines, at most."""


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give every whole line with the byte at which it begins."""
    place = 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    return  # what a kill left of a shard's last line, or a writer at work
                yield place, line
                place += len(line)
    except OSError as error:
        raise failed("read", path, error) from None


def read_lines(path: Path, row: type[R]) -> Iterator[R]:
    """Give every row, reading line by line; raises SinkFailed on a line that is none."""
    made = row_maker(row)
    for number, (_, line) in enumerate(_lines(path), 1):
        try:
            found = made(line)
        except (orjson.JSONDecodeError, TypeError):
            raise _no_row(f"line {number} of {path}") from None
        yield found


def read_places(path: Path) -> Iterator[tuple[int, tuple[str, int]]]:
    """Say of which answer every row is, with the byte at which it begins; raises SinkFailed on a line that is none."""
    for number, (place, line) in enumerate(_lines(path), 1):
        try:
            found = orjson.loads(line)
            key = found["example"], found["repeat"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            raise _no_row(f"line {number} of {path}") from None
        yield place, key


def read_at(path: Path, row: type[R], places: Iterable[int]) -> Iterator[R]:
    """Give the rows that begin at these bytes, in their order; raises SinkFailed."""
    made = row_maker(row)
    try:
        with path.open("rb", buffering=0) as file:
            number = file.fileno()
            for place in places:
                try:
                    found = made(_line_at(number, place))
                except (orjson.JSONDecodeError, TypeError):
                    raise _no_row(f"the line at byte {place} of {path}") from None
                yield found
    except OSError as error:
        raise failed("read", path, error) from None


def row_maker(row: type[R]) -> Callable[[bytes], R]:
    """Give what makes a row of a line; that raises orjson.JSONDecodeError or TypeError for a line that is none.

    A line that has every field in order is taken by place, where a row may be made so: by name, each name is compared
    with every other one, since those that were just read are other objects, which takes longer than reading the line.
    """
    names = [field.name for field in fields(row) if not field.kw_only]  # type: ignore[arg-type]

    def made(line: bytes) -> R:
        found = orjson.loads(line)
        return row(*found.values()) if list(found) == names else row(**found)

    return made


def _line_at(file: int, place: int) -> bytes:
    """Read a line, by one system call where it is short: no buffer is in the way, whatever the order."""
    line, size = b"", _SHORT
    while piece := os.pread(file, size, place + len(line)):
        end = piece.find(b"\n") + 1
        if end:
            return line + piece[:end]
        line, size = line + piece, 4 * size
    return line


def _no_row(where: str) -> SinkFailed:
    return SinkFailed(f"{where} is no row of an evaluation: remove the file to start again")


def failed(what: str, path: Path, error: OSError) -> SinkFailed:
    """Say what could not be done with a file of rows."""
    return SinkFailed(f"cannot {what} {path}: {error.strerror or error}")
