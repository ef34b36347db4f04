"""Lines of JSON as a file that is read once: made while somebody reads, so that they never all are in memory."""

import io
from collections.abc import Iterable
from typing import Any

import orjson


class JsonLines(io.RawIOBase):
    """A readable file of one JSON document a line."""

    def __init__(self, documents: Iterable[Any]) -> None:
        super().__init__()
        self._documents = iter(documents)
        self._rest = memoryview(b"")

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

    def _next(self) -> bytes:
        for document in self._documents:
            return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
        return b""
