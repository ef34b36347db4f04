"""One look at one object: read it, let its story make the cluster so, write what came of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fmops_api import API_VERSION
from fmops_api.reasons import OperatorReason
from fmops_operator.cache import Cache, place_of
from fmops_operator.cluster import ApiCluster
from fmops_operator.errors import Absent, ClusterError, Forbidden, Refused
from fmops_operator.events import Recorder
from fmops_operator.handlers.faults import faulty_status, reason_of, sentence_of
from fmops_operator.logs import looking_at
from fmops_operator.manifest import Key, Kind, Manifest
from fmops_operator.metrics import Metrics
from fmops_operator.status.conditions import stamp
from fmops_operator.story import AnyResource, Story
from fmops_operator.world import Outcome, World


@dataclass(frozen=True)
class Desk:
    """What a look works with."""

    stories: Mapping[str, Story]
    world: World
    cluster: ApiCluster
    cache: Cache
    recorder: Recorder
    metrics: Metrics
    wrote: Callable[[Manifest], None]
    """Told of each object whose status we wrote."""


class Looker:
    """Looks at objects, for the queue."""

    def __init__(self, desk: Desk, resync: Callable[[], float]) -> None:
        self._desk = desk
        self._resync = resync

    async def look(self, key: Key) -> float | None:
        """Look at one object; gives the seconds until the next look, None when it is gone. Raises ClusterError."""
        manifest = self._desk.cache.get(Kind(API_VERSION, key.kind), (key.namespace, key.name))
        if manifest is None or manifest["metadata"].get("deletionTimestamp"):
            return None  # its children go with it, by their owner references
        looking_at.set(key)
        started = time.perf_counter()
        result = "error"
        try:
            again = await self._tell(key, manifest)
            result = "done"
        except ClusterError as error:
            result = type(error).__name__.lower()
            raise
        finally:
            self._desk.metrics.looked(key.kind, result, time.perf_counter() - started)
        return min(self._resync(), again) if again is not None else self._resync()

    async def _tell(self, key: Key, manifest: Manifest) -> float | None:
        story = self._desk.stories[key.kind]
        try:
            resource = story.resource.parse(manifest)
        except ValidationError as error:
            await self._fault(manifest, OperatorReason.INVALID_OBJECT, sentence_of(error))
            return None
        try:
            outcome = await story.reconcile(resource, self._desk.world)
        except (Refused, Forbidden) as error:
            await self._fault(manifest, reason_of(error), error.message)
            raise
        await self._conclude(resource, manifest, outcome)
        return outcome.again_after

    async def _conclude(self, resource: AnyResource, manifest: Manifest, outcome: Outcome[Any]) -> None:
        generation, old = resource.metadata.generation, resource.status
        conditions = stamp(outcome.status.conditions, old.conditions, generation, self._desk.world.now())
        status = outcome.status.model_copy(update={"conditions": conditions, "observed_generation": generation})
        if status != old:
            await self._write(manifest, status.to_manifest())
        for note in outcome.notes:
            await self._desk.recorder.note(manifest, note)

    async def _fault(self, manifest: Manifest, reason: OperatorReason, message: str) -> None:
        status = faulty_status(manifest, reason, message, self._desk.world.now())
        if status != manifest.get("status"):
            await self._write(manifest, status)

    async def _write(self, manifest: Manifest, status: Manifest) -> None:
        namespace, name = place_of(manifest)
        version = manifest["metadata"]["resourceVersion"]
        metadata = {"namespace": namespace, "name": name, "resourceVersion": version}
        try:
            stored = await self._desk.cluster.write_status(
                {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": metadata, "status": status}
            )
        except Absent:
            return  # deleted while we looked; its event is on the way
        self._desk.wrote(stored)
        await self._desk.recorder.changed(manifest, stored)
