"""A response, whose body is read as it comes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Self

from fmops_serving.http.connection import Connection
from fmops_serving.http.errors import HTTPError


class Response:
    """Status and headers are there; `with` ends the exchange, and keeps the connection where the body was read."""

    def __init__(self, connection: Connection, release: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._release = release
        self.status = connection.status
        self.sent = connection.sent
        """When the request was sent, on the clock of `perf_counter`."""
        self.content_type = _media_type(connection.headers.get(b"content-type", b"application/octet-stream"))
        """The media type without its parameters, in lower case."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._release(self._connection)

    def header(self, name: bytes) -> str | None:
        """Give a header by its name in lower case."""
        value = self._connection.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def read(self) -> Awaitable[bytes]:
        """Give what came of the body since the last time, or wait for it; empty at its end.

        Raises HTTPError or TimeoutError.
        """
        return self._connection.read()

    def read_within(self, seconds: float) -> Awaitable[bytes]:
        """Read so, where the exchange may last so many seconds from now on, in place of the limit it had."""
        self._connection.prolong(seconds)
        return self._connection.read()

    async def finish(self, patience: float) -> None:
        """Read what is left, for so many seconds at most, so that the connection can be used again."""
        if self._connection.complete:
            return
        with suppress(TimeoutError, HTTPError):
            async with asyncio.timeout(patience):
                while await self.read():
                    pass


@lru_cache(maxsize=64)
def _media_type(header: bytes) -> str:
    return header.decode("latin-1").partition(";")[0].strip().lower()
