"""Rows in an object store: what was appended since the last look becomes one more object, which never changes."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.rowfiles import stem_of

if TYPE_CHECKING:
    from fmops_serving.objectstore.store import Store

LARGEST_PART = 32 * 1024**2
"""Bytes of an object, and what an upload holds in memory; a longer row is a part of its own."""


class Part(NamedTuple):
    """An object that holds some rows."""

    path: str
    sha256: str
    size: int


class Parts:
    """The rows of one candidate, in a local file and in the store."""

    def __init__(self, store: "Store", folder: str, rows: Path) -> None:
        self._store = store
        self._folder = folder
        self._rows = rows
        self._stem = stem_of(rows.name)
        self._sent = 0
        """Bytes of the local file that are in the store."""
        self.parts: list[Part] = []

    async def restore(self) -> None:
        """Bring back what an earlier try has sent, for a pod starts with an empty folder; raises StoreFailed."""
        ours = re.compile(rf"{re.escape(f'{self._folder}/{self._stem}')}-\d+\.jsonl")
        paths = [path for path in await self._store.names(self._folder) if ours.fullmatch(path)]
        self._rows.parent.mkdir(parents=True, exist_ok=True)
        with self._rows.open("wb") as file:
            for path in paths:
                content = await self._store.get(path)
                self.parts.append(_part(path, content))
                file.write(content)
                self._sent += len(content)

    async def send(self) -> None:
        """Send the whole lines that are not there yet; raises StoreFailed or SinkFailed."""
        while content := self._next():
            path = f"{self._folder}/{self._stem}-{len(self.parts):05}.jsonl"
            await self._store.put(path, content)
            self.parts.append(_part(path, content))
            self._sent += len(content)

    def _next(self) -> bytes:
        """Read up to the last line end that fits into a part."""
        try:
            with self._rows.open("rb") as file:
                file.seek(self._sent)
                content = file.read(LARGEST_PART)
                end = content.rfind(b"\n") + 1
                return content[:end] if end else content + file.readline() if len(content) == LARGEST_PART else b""
        except OSError as error:
            raise SinkFailed(f"cannot read {self._rows}: {error.strerror or error}") from None


def _part(path: str, content: bytes) -> Part:
    return Part(path, hashlib.sha256(content).hexdigest(), len(content))
