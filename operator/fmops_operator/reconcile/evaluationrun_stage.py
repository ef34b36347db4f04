"""One stage of an evaluation: there is a Job of it as long as something of it is missing, and what it found is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fmops_api.evaluationplan import EvaluationPlan, Stage
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.shard import Shard
from fmops_operator.desired.evaluationrun import Inputs
from fmops_operator.desired.evaluationrun_job import TEMPLATE_ANNOTATION, with_ttl
from fmops_operator.desired.evaluationrun_queue import as_it_stands
from fmops_operator.desired.metadata import selector
from fmops_operator.errors import Refused
from fmops_operator.manifest import JOB, POD, Manifest, queue_of
from fmops_operator.reconcile.evaluationrun_notes import started
from fmops_operator.reconcile.evaluationrun_queue import QUEUE_RETRY_SECONDS, is_held, nobody_starts
from fmops_operator.status.evaluationrun import SUSPENDED, Standing, standing_of
from fmops_operator.status.evaluationrun_job import Reading
from fmops_operator.status.evaluationrun_record import (
    found_change,
    missing,
    unasked,
    with_asked,
    with_end,
    with_reading,
    with_source_change,
)
from fmops_operator.status.job import JOB_LABEL, Phase
from fmops_operator.world import Note, World

REFUSED_RETRY_SECONDS = 60.0
SOON_SECONDS = 2.0


@dataclass(frozen=True)
class Work:
    """What a run is to measure now, and with what."""

    run: EvaluationRun
    plan: EvaluationPlan
    inputs: Inputs
    plan_map: Manifest
    jobs: Mapping[Stage, Manifest]
    """The Job of every stage, in the order of the stages."""
    scheduled_at: str | None
    """The scheduled time that this is for; None when it is for none."""

    @property
    def candidates(self) -> list[str]:
        """Name the candidates, the baseline among them."""
        return self.plan.subjects(Stage.ANSWER)

    @property
    def stages(self) -> list[Stage]:
        """Give the stages in their order."""
        return list(self.jobs)


@dataclass(frozen=True)
class Step:
    """What a pass came to. `standing` says why the stage is not done; None when it is."""

    record: EvaluationRunStatus
    standing: Standing | None
    notes: tuple[Note, ...] = ()
    again_after: float | None = None
    sink_trouble: str = ""
    """Why rows could not be kept, in the runner's words; empty while nothing went wrong."""


@dataclass(frozen=True)
class StageWork:
    """One stage of the work."""

    work: Work
    stage: Stage

    @property
    def job(self) -> Manifest:
        """Give the Job as it should be."""
        return self.work.jobs[self.stage]

    @property
    def name(self) -> str:
        """Name the Job."""
        name: str = self.job["metadata"]["name"]
        return name

    @property
    def namespace(self) -> str:
        """Name the namespace."""
        return self.work.run.metadata.namespace

    @property
    def subjects(self) -> list[str]:
        """Name the candidates of the stage, or their shards, by index."""
        names = self.work.plan.subjects(self.stage)
        if self.stage is not Stage.ASK:
            return names
        shards = self.work.run.spec.execution.shards
        return [Shard(number, shards).told(name) for name in names for number in range(shards)]

    @property
    def is_last(self) -> bool:
        """Say whether nothing comes after it."""
        return self.stage == self.work.stages[-1]

    def read(self, record: EvaluationRunStatus, reading: Reading) -> EvaluationRunStatus:
        """Add what the pods found, and when the run was done if that is all."""
        if self.stage is Stage.ASK:
            return with_asked(record, reading, self.work.candidates)
        found = with_reading(record, reading, self.subjects, self.stage)
        return with_end(found, reading) if self.is_last and not self.missing(found, reading) else found

    def missing(self, record: EvaluationRunStatus, reading: Reading | None) -> list[str]:
        """Name the candidates that the stage has no results of, or the shards that are not asked."""
        if self.stage is Stage.ASK:
            return unasked(record, reading, self.work.candidates, self.subjects)
        return missing(record, self.subjects, self.stage)

    def is_needed(self, record: EvaluationRunStatus) -> bool:
        """Say whether the Job must stay though it is done: nothing else says that shards were asked."""
        return self.stage is Stage.ASK and bool(missing(record, self.work.candidates))


async def advance(work: StageWork, record: EvaluationRunStatus, blocked: Standing | None, world: World) -> Step:
    """Take in what the Job found, and see to it that there is one as long as something is missing."""
    existing = await world.cluster.get(JOB, work.namespace, work.name)
    if existing and _is_of_a_namesake(work.work.run, existing):
        waiting = Standing(Reason.RUNNING, "the Job of a deleted namesake is on its way out")
        return Step(record, waiting, again_after=SOON_SECONDS)
    pods = await _pods(work, world) if existing else None
    reading = Reading.of(existing, pods or ()) if existing else None
    if reading:
        record = with_source_change(work.read(record, reading), reading, work.subjects, world.now())
    if not work.missing(record, reading):
        if not work.is_needed(record):
            await _clear_up(work, existing, world)
        return Step(record, None)
    if is_held(work.work.run.spec.execution, existing or work.job, reading):
        return await _hold(work, record, existing, world)
    if existing and reading and _outdated(work, existing, reading, record):
        return await _replace(work, record, world)
    if blocked and not existing:
        return Step(record, blocked)
    if existing and reading and queue_of(existing):
        await world.cluster.apply(work.work.plan_map)
        return await _queued(work, Step(record, _standing(work, reading, record)), reading, world)
    return await _apply(work, record, pods, world)


async def _apply(work: StageWork, record: EvaluationRunStatus, pods: Sequence[Manifest] | None, world: World) -> Step:
    """Make the Job, or bring it up to date; `pods` is None when there was none."""
    try:
        await world.cluster.apply(work.work.plan_map)
        job = await world.cluster.apply(work.job)
    except Refused as error:
        refused = Standing(Reason.JOB_REFUSED, error.message, stalled=True)
        return Step(record, refused, again_after=REFUSED_RETRY_SECONDS)
    reading = Reading.of(job, pods or ())
    record = work.read(record, reading)
    notes = (started(work.work.run, work.work.plan, work.stage),) if pods is None else ()
    return await _queued(work, Step(record, _standing(work, reading, record), notes), reading, world)


def _standing(work: StageWork, reading: Reading, record: EvaluationRunStatus) -> Standing | None:
    return standing_of(reading, work.missing(record, reading), work.subjects, work.stage)


async def _queued(work: StageWork, step: Step, reading: Reading, world: World) -> Step:
    """Complete a step: a Job that waits in a queue is looked at again when there is nobody who would start it."""
    step = replace(step, sink_trouble=reading.sink_trouble())
    if step.standing is None or step.standing.reason is not Reason.QUEUED:
        return step
    nobody = await nobody_starts(work.namespace, reading.queue, world.cluster)
    return replace(step, standing=nobody, again_after=QUEUE_RETRY_SECONDS) if nobody else step


async def _hold(work: StageWork, record: EvaluationRunStatus, existing: Manifest | None, world: World) -> Step:
    """Have no Job, which gives the room in the queue to others; rows in a sink stay, and the next Job goes on."""
    if existing and not existing["metadata"].get("deletionTimestamp"):
        await world.cluster.delete(JOB, work.namespace, work.name)
    return Step(record, SUSPENDED)


async def _clear_up(work: StageWork, existing: Manifest | None, world: World) -> None:
    """Keep the plan, which says what was measured, and let the finished Job go after a while."""
    await world.cluster.apply(work.work.plan_map)
    if existing is None or existing["metadata"].get("deletionTimestamp"):
        return
    if _template_of(existing) == _template_of(work.job):
        await world.cluster.apply(with_ttl(as_it_stands(work.job, existing), world.settings))
    else:
        await world.cluster.delete(JOB, work.namespace, work.name)


def _outdated(work: StageWork, existing: Manifest, reading: Reading, record: EvaluationRunStatus) -> bool:
    """Say whether the Job must be made anew: pods are asked for otherwise, or a failed one got another deadline."""
    if existing["metadata"].get("deletionTimestamp"):
        return True
    deadline = existing["spec"].get("activeDeadlineSeconds") != work.job["spec"]["activeDeadlineSeconds"]
    failed = reading.phase == Phase.FAILED
    again = failed and (deadline or _is_read_since(work, reading, record))
    return _template_of(existing) != _template_of(work.job) or again


def _is_read_since(work: StageWork, reading: Reading, record: EvaluationRunStatus) -> bool:
    """Say whether what failed on a source that changed may be tried again: the catalogue found it as it was before."""
    read_at, changed_at = work.work.inputs.sources_read_at, record.source_changed_at or ""
    return found_change(reading, work.subjects) and read_at >= changed_at


async def _replace(work: StageWork, record: EvaluationRunStatus, world: World) -> Step:
    await world.cluster.delete(JOB, work.namespace, work.name)
    standing = Standing(Reason.RUNNING, "the Job is being replaced: its pods are asked for in another way now")
    return Step(record, standing, again_after=SOON_SECONDS)


def _template_of(job: Manifest) -> str | None:
    found: str | None = (job["metadata"].get("annotations") or {}).get(TEMPLATE_ANNOTATION)
    return found


async def _pods(work: StageWork, world: World) -> Sequence[Manifest]:
    wanted = {**selector(work.work.run), JOB_LABEL: work.name}
    return await world.cluster.list(POD, work.namespace, wanted)


def _is_of_a_namesake(run: EvaluationRun, job: Manifest) -> bool:
    """Say whether the Job belongs to a deleted run of the same name, so that Kubernetes is about to delete it."""
    return any(
        o["kind"] == run.kind_name and o["name"] == run.metadata.name and o["uid"] != run.metadata.uid
        for o in owners(job)
    )


def owners(manifest: Manifest) -> list[Manifest]:
    """Give the owners of an object."""
    found: list[Manifest] = manifest["metadata"].get("ownerReferences", [])
    return found
