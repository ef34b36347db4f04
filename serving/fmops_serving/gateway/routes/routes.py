"""The routes in force. What was learnt of their addresses outlives a change of them."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property

from fmops_api.balancing import MEAN_LOAD_FACTOR, BalancingStrategy
from fmops_api.route import Route
from fmops_serving.gateway.balance.choice import Pool, Target
from fmops_serving.gateway.balance.ring import Ring
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.routes.table import Live, Table
from fmops_serving.gateway.screen.checks import Counting
from fmops_serving.gateway.screen.elsewhere import Classifiers
from fmops_serving.gateway.screen.ofroute import Shut, build_screen
from fmops_serving.gateway.upstream.address import Address
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.guard.memory import Memory

LOG = logging.getLogger(__name__)

MakeCounting = Callable[[Place], Counting]
"""Makes who counts the looks of a model's rails."""


class Routes:
    """The table in force, and the addresses behind it."""

    def __init__(
        self,
        patience: Patience,
        counting: MakeCounting,
        classifiers: Classifiers | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Begin with no routes; `counting` makes who is told every look of a model's guard rails."""
        self._counting = counting
        self._classifiers = classifiers
        self._memory = memory
        self.table = Table(())
        self.loaded = False
        """Whether routes were read at least once."""
        self.trouble = ""
        """Why they cannot be read now; empty when they can."""
        self.confirmed: float | None = None
        """Unix time in seconds at which whoever knows them last said what they are; None when nobody did."""
        self.recalled = False
        """Whether they come from a kept copy, and nothing was heard since."""
        self.screens = 0
        """Screens made so far."""
        self._patience = patience
        self._addresses: dict[str, Address] = {}
        self._change = asyncio.Event()

    def replace(self, routes: Iterable[Route]) -> None:
        """Put other routes in force, for every request that comes from now on."""
        lives = []
        for route in routes:
            before = self.table.find(Place(route.namespace, route.name))
            lives.append(before if before is not None and before.route == route else self._live(route, before))
        self.table, self.loaded = Table(lives), True
        self._forget()
        self._change.set()
        self._change = asyncio.Event()

    def note(self, trouble: str) -> None:
        """Take note of what is in the way of reading routes; nothing is, where the text is empty."""
        self.trouble = trouble
        if not trouble:
            self.confirmed, self.recalled = time.time(), False

    def recall(self, confirmed: float) -> None:
        """Take note that the routes which come are from a copy, and when that was last confirmed."""
        self.confirmed, self.recalled = confirmed, True

    def age(self) -> float | None:
        """Give the seconds since whoever knows the routes in force confirmed them; None where there are none."""
        return max(0.0, time.time() - self.confirmed) if self.loaded and self.confirmed is not None else None

    def readiness(self) -> tuple[bool, str]:
        """Say whether requests can be answered, and how fresh is what is known."""
        why = f": {self.trouble}" if self.trouble else ""
        if not self.loaded:
            return False, f"no routes were read yet{why}"
        if self.confirmed is None or not (self.trouble or self.recalled):
            return True, "ok"
        origin = "from a kept copy, confirmed" if self.recalled else "those confirmed"
        return (
            True,
            f"ok, with routes {origin} at {datetime.fromtimestamp(self.confirmed, UTC):%Y-%m-%dT%H:%M:%SZ}{why}",
        )

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._change.wait()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Read the system's certificates, once and only where they are needed."""
        return ssl.create_default_context()

    def _live(self, route: Route, before: Live | None) -> Live:
        pools = tuple(self._pool(route, index) for index in range(len(route.backends)))
        if before is not None and _rails_of(before.route) == _rails_of(route):
            return Live(route, pools, before.screen)  # other pods are no reason to make rails anew
        self.screens += 1
        count = self._counting(Place(route.namespace, route.name))
        screen = build_screen(route, count, self._classifiers, self._memory)
        if isinstance(screen, Shut):
            LOG.error("%s/%s answers nothing: %s", route.namespace, route.name, screen.fault)
        return Live(route, pools, screen)

    def _pool(self, route: Route, index: int) -> Pool:
        backend = route.backends[index]
        by_head = route.balancing is BalancingStrategy.PREFIX_AFFINITY and len(backend.urls) > 1
        ring = Ring(backend.urls, route.mean_load_factor or MEAN_LOAD_FACTOR) if by_head else None
        place = Place(route.namespace, route.name)
        return Pool(backend, tuple(Target(place, backend, self._address(str(url))) for url in backend.urls), ring)

    def _address(self, url: str) -> Address:
        if url not in self._addresses:
            tls = self._tls if url.startswith("https://") else None
            self._addresses[url] = Address(url, self._patience, tls)
        return self._addresses[url]

    def _forget(self) -> None:
        """Close the connections to addresses that no route names any more."""
        named = {
            each.address.url for live in self.table.by_place.values() for pool in live.pools for each in pool.targets
        }
        for url in self._addresses.keys() - named:
            self._addresses.pop(url).close()


def _rails_of(route: Route) -> object:
    """Give all that a screen is made of."""
    return route.guardrails, route.rail_endpoints
