"""The parts of a running operator, made once and tied together."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from kubernetes.aio.client.configuration import Configuration

from fmops_api.route import ROUTE_LABEL
from fmops_operator.cache import Cache, Shelf
from fmops_operator.cluster import ApiCluster
from fmops_operator.connection import Connection
from fmops_operator.events import Recorder
from fmops_operator.handlers.arrivals import Children, Mentioned, Ours, key_of
from fmops_operator.handlers.look import Desk, Looker
from fmops_operator.handlers.ours import OurKinds
from fmops_operator.handlers.routes import RouteDesk, Routes
from fmops_operator.handlers.views import CHILDREN, KEPT, MENTIONED, OURS, ROUTES
from fmops_operator.identity import Identity
from fmops_operator.lease import Lease, Terms
from fmops_operator.manifest import Key, Kind, Manifest
from fmops_operator.metrics import Metrics
from fmops_operator.resources import Resources
from fmops_operator.settings import Settings
from fmops_operator.story import Story
from fmops_operator.turns import Turns
from fmops_operator.watch import Heard, Scope, Watch
from fmops_operator.workqueue import Pace, Queue
from fmops_operator.world import Endpoint, Gateways, Hub, World


class View(Protocol):
    """A part of the view of the cluster, as far as readiness is concerned."""

    synced: asyncio.Event
    trouble: str
    heard: Heard


@dataclass(frozen=True)
class Outside:
    """What is asked beside the API server."""

    endpoint: Endpoint
    hub: Hub
    gateways: Gateways


class Assembly:
    """An operator: watches, queue, Lease and metrics."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        connection: Connection,
        stories: Mapping[str, Story],
        outside: Outside,
    ) -> None:
        self._settings = settings
        self._namespaces: tuple[str | None, ...] = identity.watched or (None,)
        self.metrics = Metrics()
        resources = Resources(connection)
        terms = Terms(identity.lease_namespace, settings.lease_name, identity.name, settings.lease_seconds)
        self.lease = Lease(connection, terms, self._lead, self._follow)

        children = [(child, child.shelf()) for child in CHILDREN]
        kept = [Shelf(kind) for kind in KEPT]
        gateway = settings.gateway_namespace
        routed = [Shelf(kind, ROUTE_LABEL, complete=False) for kind in ROUTES] if gateway else []
        self._cache = Cache([*(Shelf(kind) for kind in OURS), *(shelf for _, shelf in children), *kept, *routed])
        self._ours = Ours(self._cache, self._wake, self._wake_soon, self.metrics.observe)
        self._watches = [
            Watch(connection, resources, scope, Children(shelf, self._ours.wake_owner))
            for child, shelf in children
            for scope in self._scopes(child.kind, label=shelf.label, optional=child.optional)
        ]
        self._watches += [
            Watch(connection, resources, scope, Children(shelf, self._ours.wake_users))
            for shelf in kept
            for scope in self._scopes(shelf.kind)
        ]
        mentioned = Mentioned(self._ours.references, self._wake)
        self._watches += [
            Watch(connection, resources, scope, mentioned)
            for kind in MENTIONED
            for scope in self._scopes(kind, metadata_only=True)
        ]
        self._watches += [
            Watch(connection, resources, Scope(shelf.kind, ROUTE_LABEL, gateway), Children(shelf, self._route_changed))
            for shelf in routed
        ]
        self._our_kinds = OurKinds(connection, resources, [s for kind in OURS for s in self._scopes(kind)], self._ours)

        cluster = ApiCluster(connection, resources, self._cache, self.lease.fence)
        world = World(cluster, outside.endpoint, outside.hub, outside.gateways, settings, now, turn=Turns().of)
        recorder = Recorder(connection, identity.name, now)
        desk = Desk(stories, world, cluster, self._cache, recorder, self.metrics, self._wrote)
        self._routes = Routes(RouteDesk(world, recorder, tuple(routed), identity.watched), settings.resync_seconds)
        pace = Pace(settings.resync_seconds)
        self._queue = Queue(Looker(desk, lambda: pace.jitter(pace.resync)).look, pace)
        self.metrics.gauges(
            lambda: len(self._queue) + len(self._routes), self._silence, lambda: float(self.lease.leads)
        )

    async def run(self, configuration: Configuration) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(watch.run())
            group.create_task(self._our_kinds.run(configuration))
            group.create_task(self._queue.run(self._settings.workers))
            group.create_task(self._routes.run())
            # Whoever leads writes, and writes from half a view would be wrong.
            await self._wait_for_view()
            group.create_task(self.lease.run())

    def unready(self) -> str:
        """Say why the operator is not ready; nothing when it is, as leader or as follower."""
        waiting = [each.trouble or "lists are not in yet" for each in self._views() if not each.synced.is_set()]
        return (waiting or [self.lease.trouble])[0]

    async def _wait_for_view(self) -> None:
        for each in self._views():
            await each.synced.wait()

    def _views(self) -> Sequence[View]:
        return (*self._watches, self._our_kinds)

    def _scopes(self, kind: Kind, **options: Any) -> list[Scope]:
        return [Scope(kind, namespace=namespace, **options) for namespace in self._namespaces]

    def _wake(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._queue.add(key)
            self._routes.wake(key)

    def _wake_soon(self, key: Key) -> None:
        self._queue.add_soon(key)
        self._routes.wake(key)

    def _wrote(self, manifest: Manifest) -> None:
        self._ours.wrote(manifest)
        self._routes.wake(key_of(manifest))  # a new revision, or another bundle

    def _route_changed(self, manifest: Manifest) -> None:
        self._routes.changed(manifest)

    def _lead(self) -> None:
        self._queue.start(self._ours.keys())
        self._routes.start(self._ours.keys())

    def _follow(self) -> None:
        self._queue.stop()
        self._routes.stop()

    def _silence(self) -> float:
        return time.monotonic() - max(each.heard.at for each in self._views())


def now() -> datetime:
    """Give the time, in whole seconds as Kubernetes keeps it."""
    return datetime.now(UTC).replace(microsecond=0)
