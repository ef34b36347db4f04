"""Whom a connection belongs to: what it is told, and what it may take."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.server.bodies import Bodies
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.server.plain import PlainReader
from fmops_serving.gateway.server.reply import Reply

if TYPE_CHECKING:
    from fmops_serving.gateway.server.connection import Connection


class Owner(Protocol):
    """Whom a connection belongs to."""

    limits: Limits
    bodies: Bodies
    read_plain: PlainReader
    date: str
    draining: bool
    connections: "set[Connection]"
    answer: Callable[[Exchange, Reply], Awaitable[None]]
    """Answers one request; raises Refusal when it may not, and CancelledError when the client is gone."""

    def give_up(self, exchange: Exchange, reply: Reply, error: Exception) -> None:
        """End a request that could not be answered."""
