"""The listening side: connections, their times, and an end without losing an answer."""

import asyncio
import logging
import select
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.bodies import Bodies
from fmops_serving.gateway.server.connection import Connection
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.server.plain import plain_reader
from fmops_serving.gateway.server.reply import Reply

LOG = logging.getLogger(__name__)
_LAST_ROUNDS = 100
"""Turns of the loop in which connections that were made before the end are taken in."""
Answer = Callable[[Exchange, Reply], Awaitable[None]]


class House:
    """Accepts connections and answers by a function; `draining` is set while it ends."""

    def __init__(self, answer: Answer, limits: Limits) -> None:
        """Answer by `answer`, which may raise Refusal before it began to send."""
        self.answer = answer
        self.limits = limits
        self.bodies = Bodies(limits.bodies)
        self.read_plain = plain_reader(limits)
        self.date = _date_line()
        self.draining = False
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._ticks: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; gives the port, which the system picked where `port` is 0. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=2048)
        self._ticks = loop.create_task(self._tick())
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, patience: float) -> int:
        """Accept no more, let what is being answered end for `patience` seconds; gives how many were cut off.

        Answers say from now on that they are the last of their connection. A client that asks nothing for a moment is
        left without a word: one whose request crosses the end of its connection cannot know whether it was read.
        """
        self.draining = True
        begun = time.monotonic()
        await self._stop_listening()
        until, farewell = begun + patience, begun + min(patience, self.limits.farewell_time)
        while self.connections and (now := time.monotonic()) < until:
            for connection in tuple(self.connections) if now >= farewell else ():
                connection.close_if_idle()
            await asyncio.sleep(0.02)
        left = tuple(self.connections)
        for connection in left:
            connection.expire()
        if self._ticks is not None:
            self._ticks.cancel()
        return len(left)

    async def _stop_listening(self) -> None:
        """Take in who has connected already: the system would reset them."""
        if self._server is None:
            return
        waiting = select.poll()
        for listener in self._server.sockets:
            waiting.register(listener.fileno(), select.POLLIN)
        for _ in range(_LAST_ROUNDS):
            if not waiting.poll(0):
                break
            await asyncio.sleep(0)
        self._server.close()

    def give_up(self, exchange: Exchange, reply: Reply, error: Exception) -> None:
        """End a request that could not be answered; what goes wrong inside is told without its cause."""
        if isinstance(error, Refusal):
            refusal = error
        else:
            LOG.error("request %s could not be answered", exchange.request_id, exc_info=error)
            refusal = Refusal(500, "internal_error", "the gateway failed", type="server_error")
        if not reply.started:
            reply.refuse(refusal)
        elif not reply.ended:
            reply.keep_alive = False

    async def _tick(self) -> None:
        """Look once a second which connection's time ran out."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1.0)
            self.date = _date_line()
            self._tell_refused()
            now = loop.time()
            for connection in [each for each in self.connections if each.deadline < now]:
                connection.expire()

    def _tell_refused(self) -> None:
        """Say in the log that requests found no room, once a second at most."""
        if self.bodies.refused:
            LOG.warning(
                "%d requests were refused: bodies of others take %d MiB", self.bodies.refused, self.bodies.most >> 20
            )
            self.bodies.refused = 0


def _date_line() -> str:
    return f"date: {formatdate(usegmt=True)}\r\n"
