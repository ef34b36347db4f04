"""The sources of a PromptCatalog that Jobs read: one Job for each that is due, and what it reports is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fmops_api.catalogsource import CatalogSource, SourceReport
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.promptcatalogstatus import SourceStatus
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_operator.desired.metadata import selector
from fmops_operator.desired.promptcatalog_job import COMPONENT, SourceOrder, build_resolve_job, order_of, with_ttl
from fmops_operator.errors import Refused
from fmops_operator.manifest import CLAIM, JOB, POD, Manifest
from fmops_operator.status.job import JOB_LABEL, Phase, phase_of
from fmops_operator.status.promptcatalog_source import (
    Reading,
    is_due,
    known_before,
    read,
    said,
    seconds_until,
)
from fmops_operator.world import Note, World

REFUSED_RETRY_SECONDS = 60.0
SOON_SECONDS = 2.0


@dataclass
class Sources:
    """What is known of the sources that Jobs read."""

    readings: list[Reading] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    again_after: list[float] = field(default_factory=list)
    jobs: set[str] = field(default_factory=set)
    """Names of the Jobs that are wanted."""

    @property
    def statuses(self) -> list[SourceStatus]:
        """Give what the status says of them."""
        return [reading.status for reading in self.readings]

    @property
    def reports(self) -> dict[str, SourceReport]:
        """Give what was read, by source."""
        return {each.name: each.report for each in self.statuses if each.report}

    @property
    def faults(self) -> list[tuple[Reason, str]]:
        """Say what cannot be read, and why."""
        return [reading.fault for reading in self.readings if reading.fault]

    @property
    def waiting(self) -> list[str]:
        """Say what is not read yet."""
        return [f"spec.sources[{r.status.name}]: {r.waiting}" for r in self.readings if not r.status.report]


async def read_bulky(catalog: PromptCatalog, changed_at: Sequence[str], world: World) -> Sources:
    """See to it that every source is read that is due; `changed_at` says when evaluations found other content."""
    found = Sources()
    for source in catalog.spec.sources or ():
        if source.bulky:
            found.readings.append(await _reading(catalog, source, changed_at, found, world))
    await _remove_others(catalog, found.jobs, world)
    return found


async def _reading(
    catalog: PromptCatalog, source: CatalogSource, changed_at: Iterable[str], found: Sources, world: World
) -> Reading:
    order = order_of(catalog, source)
    known = known_before(catalog.status, source, order.inputs_hash)
    reading = Reading(known)
    if is_due(known, source, changed_at, world.now()):
        reading = await _advanced(catalog, order, known, found, world)
    if until := seconds_until(reading.status, source, world.now()):
        found.again_after.append(until)
    return reading


async def _advanced(
    catalog: PromptCatalog, order: SourceOrder, known: SourceStatus, found: Sources, world: World
) -> Reading:
    namespace = catalog.metadata.namespace
    claim = order.source.persistent_volume_claim
    if claim and await world.cluster.get(CLAIM, namespace, claim.claim_name) is None:
        path = f"spec.sources[{known.name}].persistentVolumeClaim.claimName"
        message = f"{path}: there is no PersistentVolumeClaim {claim.claim_name}"
        return Reading(known, obstacle=(Reason.SOURCE_NOT_FOUND, message))
    wanted = build_resolve_job(catalog, order, known.read_at or "", world.settings)
    name = wanted["metadata"]["name"]
    found.jobs.add(name)
    existing = await world.cluster.get(JOB, namespace, name)
    if existing is None:
        return await _started(order, wanted, known, found, world)
    if _is_going(existing) or not _is_of(catalog, existing):
        found.again_after.append(SOON_SECONDS)
        return Reading(known, "an earlier Job is on its way out")
    pods = await world.cluster.list(POD, namespace, {**selector(catalog), JOB_LABEL: name})
    reading = read(known, existing, pods)
    if reading.status.read_at != known.read_at:
        await world.cluster.apply(with_ttl(wanted, world.settings))
        if reading.status.digest != known.digest:
            entries, digest = reading.status.entries, reading.status.digest
            found.notes.append(Note("SourceRead", f"Source {known.name} holds {entries} examples, {digest}"))
    return reading


async def _started(order: SourceOrder, wanted: Manifest, known: SourceStatus, found: Sources, world: World) -> Reading:
    try:
        await world.cluster.apply(wanted)
    except Refused as error:
        found.again_after.append(REFUSED_RETRY_SECONDS)
        return Reading(known, obstacle=(Reason.JOB_REFUSED, said(known, error.message)))
    if not known.reason:
        found.notes.append(Note("SourceReading", f"Reading source {known.name}, {order.source.place}"))
    return Reading(known, "a Job reads it")


async def _remove_others(catalog: PromptCatalog, wanted: set[str], world: World) -> None:
    """Delete Jobs that read what nobody asks for any more; those that ended go by themselves."""
    labels = {**selector(catalog), "app.kubernetes.io/component": COMPONENT}
    for job in await world.cluster.list(JOB, catalog.metadata.namespace, labels):
        name = job["metadata"]["name"]
        at_work = phase_of(job) in {Phase.ACTIVE, Phase.SUSPENDED} and not _is_going(job)
        if name not in wanted and at_work and _is_of(catalog, job):
            await world.cluster.delete(JOB, catalog.metadata.namespace, name)


def _is_going(job: Manifest) -> bool:
    return bool(job["metadata"].get("deletionTimestamp"))


def _is_of(catalog: PromptCatalog, job: Manifest) -> bool:
    """Say whether it is ours, not that of a deleted namesake."""
    return any(owner["uid"] == catalog.metadata.uid for owner in job["metadata"].get("ownerReferences", ()))
