"""Requests that go out together."""

import asyncio

from fmops_serving.http.connection import Connection


class Outbox:
    """Holds requests until the loop comes round, or `most` are there; with 1 each goes at once.

    A server that answers sooner than we ask sleeps between two requests, and waking it takes as long as sending does:
    it is woken once for requests that go one right after the other.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[tuple[Connection, bytes]] = []

    def put(self, connection: Connection, request: bytes) -> None:
        """Send a request soon, over a connection whose exchange has begun."""
        self._held.append((connection, request))
        if len(self._held) >= self._most:
            self._empty()
        elif len(self._held) == 1:
            asyncio.get_running_loop().call_soon(self._empty)

    def _empty(self) -> None:
        held, self._held = self._held, []
        for connection, request in held:
            connection.write(request)
