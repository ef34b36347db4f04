"""The lane of routes: what the gateway must know within a second, however slow the looks at the models themselves are.

A model's story asks its endpoint and its hub, which may take many seconds each. A pod that leaves must be out of the
gateway at once. So routes have a queue and workers of their own; the key of a route is that of the object it is of.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from fmops_operator.cache import Shelf
from fmops_operator.desired.route import owner_of
from fmops_operator.errors import ClusterError, Forbidden, Refused
from fmops_operator.events import Recorder
from fmops_operator.logs import looking_at
from fmops_operator.manifest import FOUNDATION_MODEL, PROMPT_CATALOG, Key, Kind, Manifest
from fmops_operator.reconcile import foundationmodel_route, promptcatalog_route
from fmops_operator.workqueue import Pace, Queue
from fmops_operator.world import Note, World

WORKERS = 4
_BURST_SECONDS = 0.2
_STORIES: dict[str, tuple[Kind, Callable[[Key, World], Awaitable[object]]]] = {
    FOUNDATION_MODEL.name: (FOUNDATION_MODEL, foundationmodel_route.route),
    PROMPT_CATALOG.name: (PROMPT_CATALOG, promptcatalog_route.route),
}


@dataclass(frozen=True)
class RouteDesk:
    """What a look at a route works with."""

    world: World
    recorder: Recorder
    shelves: tuple[Shelf, ...]
    """What is in the gateway's namespace; nothing without a gateway."""
    watched: tuple[str, ...]
    """Namespaces that we look after; all when empty."""


class Routes:
    """Keeps the gateway's namespace as the models and catalogues are, also what is left there of those that went."""

    def __init__(self, desk: RouteDesk, resync: float) -> None:
        self._desk = desk
        self._pace = Pace(resync, burst=_BURST_SECONDS)
        self._queue = Queue(self._look, self._pace)

    def __len__(self) -> int:
        return len(self._queue)

    def start(self, keys: Iterable[Key]) -> None:
        """Look at every object, and at whatever has a route: it may have gone while nobody looked."""
        if self._desk.shelves:
            self._queue.start({*filter(_has_route, keys), *self._owners()})

    def stop(self) -> None:
        """Look at nothing more: another replica leads."""
        self._queue.stop()

    def wake(self, key: Key) -> None:
        """Look soon at the route of an object that changed, or whose pods did."""
        if self._desk.shelves and _has_route(key):
            self._queue.add_soon(key)

    def changed(self, route: Manifest) -> None:
        """Look at a route that somebody else changed or removed."""
        owner = owner_of(route)
        if owner is not None and self._is_ours(owner):
            self.wake(owner)

    async def run(self) -> None:
        """Work for ever."""
        await self._queue.run(WORKERS)

    async def _look(self, key: Key) -> float | None:
        looking_at.set(key)
        kind, story = _STORIES[key.kind]
        try:
            await story(key, self._desk.world)
        except (Forbidden, Refused) as error:
            await self._tell(kind, key, error)
            raise
        found = await self._desk.world.cluster.get(kind, key.namespace, key.name)
        return None if found is None else self._pace.jitter(self._next(found))

    def _next(self, found: Manifest) -> float:
        """Say in how many seconds to look again: Secrets are not watched, and a key that was rotated must act soon."""
        if _holds_keys(found):
            return min(self._pace.resync, self._desk.world.settings.probe_interval_seconds)
        return self._pace.resync

    async def _tell(self, kind: Kind, key: Key, error: ClusterError) -> None:
        found = await self._desk.world.cluster.get(kind, key.namespace, key.name)
        if found is not None:
            note = Note("RouteRefused", f"the gateway does not know it as it is now: {error.message}", warning=True)
            await self._desk.recorder.note(found, note)

    def _owners(self) -> Iterable[Key]:
        for shelf in self._desk.shelves:
            for place in shelf.places():
                route = shelf.get(place)
                owner = owner_of(route) if route else None
                if owner is not None and self._is_ours(owner):
                    yield owner

    def _is_ours(self, owner: Key) -> bool:
        return not self._desk.watched or owner.namespace in self._desk.watched


def _holds_keys(found: Manifest) -> bool:
    """Say whether a route depends on a Secret: keys of applications, of detectors, or a provider's."""
    spec = found.get("spec", {})
    asked = any("remote" in rail or "guardModel" in rail for rail in spec.get("guardrails", ()))
    return bool(asked or spec.get("access", {}).get("keys") or spec.get("source", {}).get("provider"))


def _has_route(key: Key) -> bool:
    return key.kind in _STORIES
