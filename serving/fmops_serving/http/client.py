"""Asking one server, over as many connections as there are requests at once."""

import asyncio
from collections.abc import Awaitable, Mapping
from functools import partial
from types import TracebackType
from typing import Self

from fmops_serving.http.address import Address
from fmops_serving.http.connecting import Connecting
from fmops_serving.http.connection import Connection
from fmops_serving.http.outbox import Outbox
from fmops_serving.http.response import Response

LONGEST_IDLE = 4.0
"""Seconds after which a connection is not used again: uvicorn, and so vLLM, closes one after 5, and maybe just then."""


class Client:
    """A pool of connections to one server. The headers go with every request; they must be checked before.

    Up to `together` requests that are made in one turn of the loop go out together, at its end.
    """

    def __init__(self, address: Address, headers: Mapping[str, str] | None = None, together: int = 1) -> None:
        self._connecting = Connecting(address)
        lines = {"Host": address.authority, "Accept-Encoding": "identity", **(headers or {})}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode("latin-1")
        self._outbox = Outbox(together)
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.abort()
        await asyncio.gather(*(connection.lost for connection in self._open))

    def abort(self) -> None:
        """Close every connection without a word."""
        for connection in self._open:
            connection.abort()

    def get(self, target: str, limit: float) -> Awaitable[Response]:
        """Ask for what is at `target`; raises as `post` does."""
        return self._ask(b"GET %b HTTP/1.1\r\n%b\r\n" % (target.encode(), self._head), limit)

    def post(self, target: str, body: bytes, limit: float) -> Awaitable[Response]:
        """Send a body and wait for the head of the response; the exchange may take `limit` seconds to its end.

        Raises HTTPError or TimeoutError.
        """
        head = b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (target.encode(), self._head, len(body))
        return self._ask(head + body, limit)

    async def _ask(self, request: bytes, limit: float) -> Response:
        connection = self._kept()
        if connection is None:
            began = asyncio.get_running_loop().time()
            async with asyncio.timeout(limit):
                connection = await self._connecting.connect()
            self._open.add(connection)
            connection.lost.add_done_callback(partial(self._closed, connection))
            limit -= asyncio.get_running_loop().time() - began
        connection.begin(limit)
        self._outbox.put(connection, request)
        try:
            while not connection.begun:
                await connection.more()
        except BaseException:
            self._release(connection)
            raise
        return Response(connection, self._release)

    def _kept(self) -> Connection | None:
        """Give the connection that was used last, so that those that are not needed grow old."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and asyncio.get_running_loop().time() - connection.idle_since < LONGEST_IDLE:
                return connection
            connection.abort()
        return None

    def _closed(self, connection: Connection, _: asyncio.Future[None]) -> None:
        self._open.discard(connection)

    def _release(self, connection: Connection) -> None:
        if connection.rest():
            self._idle.append(connection)
