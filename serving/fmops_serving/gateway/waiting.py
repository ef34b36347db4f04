"""Waiting for a model that has no address yet: it scales from zero, or its pods are being replaced."""

import asyncio
import time
from collections import Counter

from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.routes.table import Live


class Waiting:
    """Requests that wait, for each model no more than `most`, each no longer than `patience` seconds."""

    def __init__(self, routes: Routes, most: int = 100, patience: float = 60.0) -> None:
        """Wait for changes of `routes`."""
        self._routes = routes
        self._most = most
        self._patience = patience
        self.queued: Counter[Place] = Counter()

    async def reachable(self, live: Live) -> Live:
        """Give the route once it has an address. Raises Refusal when that takes too long or too many wait."""
        if live.reachable:
            return live
        place = live.place
        if self.queued[place] >= self._most:
            raise _busy(f"{place} has no pod that is ready, and {self._most} requests wait for one")
        self.queued[place] += 1
        try:
            return await self._wait(place)
        finally:
            self.queued[place] -= 1

    async def _wait(self, place: Place) -> Live:
        until = time.monotonic() + self._patience
        while True:
            try:
                await asyncio.wait_for(self._routes.changed(), until - time.monotonic())
            except TimeoutError:
                raise _busy(f"{place} has no pod that is ready") from None
            live = self._routes.table.find(place)
            if live is None:
                raise Refusal(404, "model_not_found", f"{place} was removed")
            if live.reachable:
                return live


def _busy(message: str) -> Refusal:
    return Refusal(503, "model_unavailable", message, type="server_error", headers=(("retry-after", "5"),))
