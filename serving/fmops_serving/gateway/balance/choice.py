"""The choice of a backend by order and weight, and of an address by how busy it is or by the prompt's head."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fmops_api.route import Backend
from fmops_serving.gateway.balance.ring import Ring
from fmops_serving.gateway.upstream.address import Address

ATTEMPTS = 3
"""Addresses of one order that a request is sent to at most; a higher order is asked after that."""


@dataclass(frozen=True, eq=False)
class Target:
    """Where one attempt goes: an address, asked as a backend. Two backends may share an address, not a target."""

    backend: Backend
    address: Address


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
    times = Counter(each.backend.order for each in tried)
    left = [pool for pool in pools if times[pool.backend.order] < ATTEMPTS] if tried else pools
    for ejected_too in (False, True):
        open_pools = [
            (pool, usable)
            for pool in left
            if any(usable := [_usable(each, tried, now, ejected_too=ejected_too) for each in pool.targets])
        ]
        if open_pools:
            order = min(pool.backend.order for pool, _ in open_pools)
            return _target(*_by_weight([each for each in open_pools if each[0].backend.order == order]), head)
    return None


def _usable(target: Target, tried: Collection[Target], now: float, *, ejected_too: bool) -> bool:
    return target not in tried and (ejected_too or not target.address.ejected(now))


def _by_weight(pools: Sequence[tuple[Pool, list[bool]]]) -> tuple[Pool, list[bool]]:
    if len(pools) == 1:
        return pools[0]
    weights = [pool.backend.weight for pool, _ in pools]
    # Weight 0 takes nothing while another has some; among zeros all are alike.
    return random.choices(pools, weights if any(weights) else None)[0]  # noqa: S311 - spreads load, hides nothing


def _target(pool: Pool, usable: Sequence[bool], head: bytes) -> Target:
    if len(pool.targets) == 1:
        return pool.targets[0]
    if pool.ring is not None and head:
        return pool.targets[pool.ring.pick(head, [each.address.outstanding for each in pool.targets], usable)]
    free = [each for each, may in zip(pool.targets, usable, strict=True) if may]
    least = min(each.address.outstanding for each in free)
    # Among equals at random, so that replicas of the gateway do not all start with the first.
    return random.choice([each for each in free if each.address.outstanding == least])  # noqa: S311
