"""The choice of a backend by order and weight, and of an address by how busy it is or by the prompt's head."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fmops_api.route import Backend
from fmops_serving.gateway.balance.ring import Ring
from fmops_serving.gateway.dialects.known import DIALECTS
from fmops_serving.gateway.place import Place, Revision
from fmops_serving.gateway.upstream.address import Address

ATTEMPTS = 3
"""Addresses of one order that a request is sent to at most; a higher order is asked after that."""


class Target:
    """Where one attempt goes: an address, asked as a backend. Two backends may share an address, not a target."""

    __slots__ = ("address", "backend", "dialect", "revision")

    def __init__(self, place: Place, backend: Backend, address: Address) -> None:
        """Ask a backend of a model."""
        self.backend = backend
        self.address = address
        self.dialect = DIALECTS[backend.api]
        """Translates for it."""
        self.revision: Revision = (place.namespace, place.name, backend.revision)
        """Under which its requests are counted."""


@dataclass(frozen=True)
class Pool:
    """A backend and its addresses."""

    backend: Backend
    targets: tuple[Target, ...]
    ring: Ring | None
    """None where the least busy address is picked."""


def choose(pools: Sequence[Pool], tried: Collection[Target], head: bytes, now: float) -> Target | None:
    """Pick a target that was not tried yet; None when there is none.

    The lowest order that has a usable address wins, within it backends by weight. Addresses that are left out because
    of their faults come last: when all of them are, asking one is better than asking nobody.
    """
    if tried:
        times = Counter(each.backend.order for each in tried)
        pools = [pool for pool in pools if times[pool.backend.order] < ATTEMPTS]
    untried = [(pool, left) for pool in pools if (left := [each for each in pool.targets if each not in tried])]
    good = [(pool, left) for pool, all_left in untried if (left := _good(all_left, now))]
    usable = good or untried
    return _target(*_by_weight(_of_lowest_order(usable)), head) if usable else None


_Open = tuple[Pool, list[Target]]
"""A pool, and those of its targets that may be asked."""


def _good(targets: Iterable[Target], now: float) -> list[Target]:
    return [each for each in targets if not each.address.ejected(now)]


def _of_lowest_order(pools: list[_Open]) -> list[_Open]:
    if len(pools) == 1:
        return pools
    order = min(pool.backend.order for pool, _ in pools)
    return [each for each in pools if each[0].backend.order == order]


def _by_weight(pools: list[_Open]) -> _Open:
    if len(pools) == 1:
        return pools[0]
    weights = [pool.backend.weight for pool, _ in pools]
    # Weight 0 takes nothing while another has some; among zeros all are alike.
    return random.choices(pools, weights if any(weights) else None)[0]  # noqa: S311 - spreads load, hides nothing


def _target(pool: Pool, usable: list[Target], head: bytes) -> Target:
    if len(usable) == 1:
        return usable[0]
    if pool.ring is not None and head:
        busy, may = [each.address.outstanding for each in pool.targets], [each in usable for each in pool.targets]
        return pool.targets[pool.ring.pick(head, busy, may)]
    least = min(each.address.outstanding for each in usable)
    # Among equals at random, so that replicas of the gateway do not all start with the first.
    return random.choice([each for each in usable if each.address.outstanding == least])  # noqa: S311
