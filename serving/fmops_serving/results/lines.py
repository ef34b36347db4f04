"""Lines of JSON as a file that is read once: made while somebody reads, so that they never all are in memory."""

import io
from collections.abc import Iterable
from typing import Any

import orjson

_AT_ONCE = 64 * 1024
"""Bytes that are made at once, at least, unless it is the end."""


class JsonLines(io.RawIOBase):
    """A readable file of one JSON document a line."""

    def __init__(self, documents: Iterable[Any]) -> None:
        super().__init__()
        self._documents = iter(documents)
        self._rest = memoryview(bytearray())

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the next documents; 0 when there are no more."""
        if not self._rest:
            self._rest = memoryview(self._next())
        piece = self._rest[: len(buffer)]
        buffer[: len(piece)] = piece
        self._rest = self._rest[len(piece) :]
        return len(piece)

    def _next(self) -> bytearray:
        """Write the next documents: several, since being asked costs as much as writing one."""
        lines = bytearray()
        for document in self._documents:
            lines += orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
            if len(lines) >= _AT_ONCE:
                break
        return lines
