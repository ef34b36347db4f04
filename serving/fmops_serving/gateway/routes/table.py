"""A route in force, and the table of all of them: immutable, replaced when a route changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fmops_api.access import AccessMode
from fmops_api.balancing import PREFIX_LENGTH
from fmops_api.route import Route, RouteKey
from fmops_serving.gateway.balance.choice import Pool
from fmops_serving.gateway.kind import kinds_of
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.screen.ofroute import AnyScreen


class Live:
    """A route in force, with its addresses. What every request asks of it is worked out once, and stays as it is."""

    def __init__(self, route: Route, pools: tuple[Pool, ...], screen: AnyScreen) -> None:
        """Put a route in force."""
        targets = [each for pool in pools for each in pool.targets]
        by_head = any(pool.ring is not None for pool in pools)
        self.route = route
        self.pools = pools
        self.screen = screen
        self.place = Place(route.namespace, route.name)
        self.kinds = kinds_of(route.task)
        self.public = route.access.mode is AccessMode.PUBLIC
        """Whether it answers without a key."""
        self.reachable = bool(targets)
        """Whether there is any address to ask."""
        self.only = targets[0] if len(targets) == 1 else None
        """The one target of a model that has no other; None where there is a choice, or nothing to choose."""
        self.head_length = (route.prefix_length or PREFIX_LENGTH) if by_head else 0
        """Bytes of a prompt that decide which address is asked; 0 where none do."""


class Table:
    """Every route in force."""

    def __init__(self, lives: Iterable[Live]) -> None:
        """Order them by place and by name."""
        self.by_place: Mapping[Place, Live] = {live.place: live for live in lives}
        self.by_full_name: Mapping[str, Live] = {str(place): live for place, live in self.by_place.items()}
        """By namespace/name, as clients write it."""
        by_name: defaultdict[str, list[Live]] = defaultdict(list)
        for live in self.by_place.values():
            by_name[live.route.name].append(live)
        self.by_name: Mapping[str, list[Live]] = by_name
        keys: defaultdict[str, dict[Place, RouteKey]] = defaultdict(dict)
        for place, live in self.by_place.items():
            for key in live.route.access.keys:
                keys[key.digest][place] = key
        self.keys: Mapping[str, Mapping[Place, RouteKey]] = keys
        """The models that a key opens, by its digest."""

    def find(self, place: Place) -> Live | None:
        """Give the route of a model."""
        return self.by_place.get(place)
