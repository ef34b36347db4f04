"""The story of an EvaluationRun: the same inputs mean one Job and then nothing to do, changed inputs a new one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fmops_api.choose.facts import card_of
from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.meta import Condition
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.shortlist import MOST_EXCLUDED
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from fmops_operator.desired.evaluationrun_job import TEMPLATE_ANNOTATION, build_job, build_plan_map, with_ttl, work_name
from fmops_operator.desired.metadata import selector
from fmops_operator.errors import Refused
from fmops_operator.manifest import CONFIG_MAP, JOB, POD, Kind, Manifest
from fmops_operator.reconcile.evaluationrun_inputs import Found, Resolved, gather, resolve
from fmops_operator.reconcile.evaluationrun_notes import decided, selected, started, superseded
from fmops_operator.status.evaluationrun import Standing, View, assess, standing_of
from fmops_operator.status.evaluationrun_job import JOB_LABEL, Phase, Reading
from fmops_operator.status.evaluationrun_record import for_inputs, missing, with_reading, with_total
from fmops_operator.status.evaluationrun_rerun import (
    is_kept,
    measured_of,
    scheduled_for,
    seconds_until,
    soonest,
    stale,
)
from fmops_operator.world import Note, Outcome, World

REFUSED_RETRY_SECONDS = 60.0
SOON_SECONDS = 2.0


@dataclass(frozen=True)
class _Work:
    """What this run is to measure now, and with what."""

    run: EvaluationRun
    plan: EvaluationPlan
    inputs: Inputs
    plan_map: Manifest
    job: Manifest
    scheduled_at: str | None
    """The scheduled time that this is for; None when it is for none."""

    @property
    def name(self) -> str:
        return work_name(self.run.metadata.name, self.plan.inputs_hash)

    @property
    def candidates(self) -> list[str]:
        return [c.name for c in self.plan.candidates]


@dataclass(frozen=True)
class _Step:
    """What a pass came to."""

    record: EvaluationRunStatus
    standing: Standing | None
    notes: tuple[Note, ...] = ()
    again_after: float | None = None


async def reconcile(run: EvaluationRun, world: World) -> Outcome[EvaluationRunStatus]:
    """Make the evaluation of the present inputs happen once, and say how far it is."""
    found = await gather(run, world.cluster)
    # A large bundle takes long to read: not in the loop, which renews the Lease.
    resolved = await asyncio.to_thread(resolve, run, found)
    if resolved.inputs is None:
        names = resolved.shortlist.names if resolved.shortlist else run.spec.candidates.named
        view = View(names, inputs=resolved.fault, work=resolved.fault, sink_found=found.sink)
        rest = stale(run.spec, run.status, run.status.inputs_hash or "", world.now())
        return Outcome(_completed(run, assess(run.spec, run.status, view), resolved, rest))
    work = await _work(run, resolved.inputs, world)
    if is_kept(run, work.plan.inputs_hash, work.scheduled_at):
        step, names = _Step(run.status, None), measured_of(run.status)
    else:
        await _remove_others(work, world)
        step, names = await _measure(work, resolved.fault or _no_sink(run, found), world), work.candidates
    cards = {name: card_of(model) for name, model in found.models.items() if model}
    view = View(names, inputs=resolved.fault, work=step.standing, sink_found=found.sink, cards=cards)
    rest = stale(run.spec, step.record, work.plan.inputs_hash, world.now())
    status = _completed(run, assess(run.spec, step.record, view), resolved, rest)
    notes = (*superseded(run, status), *step.notes, *decided(run, status), *selected(run, status))
    return Outcome(status, notes, soonest(step.again_after, seconds_until(run.spec, step.record, world.now())))


async def _work(run: EvaluationRun, inputs: Inputs, world: World) -> _Work:
    scheduled_at = scheduled_for(run, world.now())
    plan = build_plan(run, inputs, world.settings.runner_image, scheduled_at)
    plan_map = build_plan_map(run, plan, inputs)
    live = await world.cluster.get(CONFIG_MAP, run.metadata.namespace, plan_map["metadata"]["name"])
    if live and "data" in live:
        # What is asked is the same, by its name; what gates and criteria look at may be other figures by now.
        plan_map["data"] = live["data"]
    return _Work(run, plan, inputs, plan_map, build_job(run, plan, inputs, world.settings), scheduled_at)


async def _measure(work: _Work, blocked: Standing | None, world: World) -> _Step:
    """Take in what the Job found, and see to it that there is one as long as something is missing."""
    run, inputs_hash = work.run, work.plan.inputs_hash
    existing = await world.cluster.get(JOB, run.metadata.namespace, work.name)
    if existing and _is_of_a_namesake(run, existing):
        waiting = Standing(Reason.RUNNING, "the Job of a deleted namesake is on its way out")
        return _Step(run.status, waiting, again_after=SOON_SECONDS)
    if blocked and not existing and run.status.inputs_hash != inputs_hash:
        # What was measured before stays at hand: the candidate may come back as it was, and then it still holds.
        return _Step(run.status, blocked)
    record = with_total(for_inputs(run, inputs_hash, work.scheduled_at), work.inputs.examples * len(work.candidates))
    pods = await _pods(work, world) if existing else None
    reading = Reading.of(existing, pods or ()) if existing else None
    if reading:
        record = _with_report(with_reading(record, reading, work.candidates), work)
    if not missing(record, work.candidates):
        await _clear_up(work, existing, world)
        return _Step(record, None)
    if existing and reading and _outdated(work, existing, reading):
        return await _replace(work, record, world)
    if blocked and not existing:
        return _Step(record, blocked)
    return await _apply(work, record, pods, world)


async def _apply(work: _Work, record: EvaluationRunStatus, pods: Sequence[Manifest] | None, world: World) -> _Step:
    """Make the Job, or bring it up to date; `pods` is None when there was none."""
    try:
        await world.cluster.apply(work.plan_map)
        job = await world.cluster.apply(work.job)
    except Refused as error:
        refused = Standing(Reason.JOB_REFUSED, error.message, stalled=True)
        return _Step(record, refused, again_after=REFUSED_RETRY_SECONDS)
    reading = Reading.of(job, pods or ())
    record = with_reading(record, reading, work.candidates)
    return _Step(
        record, standing_of(reading, record, work.candidates), (started(work.run, work.plan),) if pods is None else ()
    )


async def _clear_up(work: _Work, existing: Manifest | None, world: World) -> None:
    """Keep the plan, which says what was measured, and let the finished Job go after a while."""
    await world.cluster.apply(work.plan_map)
    if existing is None or existing["metadata"].get("deletionTimestamp"):
        return
    if _template_of(existing) == _template_of(work.job):
        await world.cluster.apply(with_ttl(work.job, world.settings))
    else:
        await world.cluster.delete(JOB, work.run.metadata.namespace, work.name)


def _outdated(work: _Work, existing: Manifest, reading: Reading) -> bool:
    """Say whether the Job must be made anew: pods are asked for otherwise, or a failed one got another deadline."""
    if existing["metadata"].get("deletionTimestamp"):
        return True
    deadline = existing["spec"].get("activeDeadlineSeconds") != work.job["spec"]["activeDeadlineSeconds"]
    return _template_of(existing) != _template_of(work.job) or (reading.phase == Phase.FAILED and deadline)


async def _replace(work: _Work, record: EvaluationRunStatus, world: World) -> _Step:
    await world.cluster.delete(JOB, work.run.metadata.namespace, work.name)
    standing = Standing(Reason.RUNNING, "the Job is being replaced: its pods are asked for in another way now")
    return _Step(record, standing, again_after=SOON_SECONDS)


def _template_of(job: Manifest) -> str | None:
    found: str | None = (job["metadata"].get("annotations") or {}).get(TEMPLATE_ANNOTATION)
    return found


async def _pods(work: _Work, world: World) -> Sequence[Manifest]:
    wanted = {**selector(work.run), JOB_LABEL: work.name}
    return await world.cluster.list(POD, work.run.metadata.namespace, wanted)


async def _remove_others(work: _Work, world: World) -> None:
    """Delete Jobs and plans of other inputs: a running one measures what nobody asks for any more."""
    for kind in (JOB, CONFIG_MAP):
        for child in await _children(kind, work, world):
            if child["metadata"]["name"] != work.name and not child["metadata"].get("deletionTimestamp"):
                await world.cluster.delete(kind, work.run.metadata.namespace, child["metadata"]["name"])


async def _children(kind: Kind, work: _Work, world: World) -> list[Manifest]:
    found = await world.cluster.list(kind, work.run.metadata.namespace, selector(work.run))
    return [c for c in found if any(o["uid"] == work.run.metadata.uid for o in _owners(c))]


def _is_of_a_namesake(run: EvaluationRun, job: Manifest) -> bool:
    """Say whether the Job belongs to a deleted run of the same name, so that Kubernetes is about to delete it."""
    return any(
        o["kind"] == run.kind_name and o["name"] == run.metadata.name and o["uid"] != run.metadata.uid
        for o in _owners(job)
    )


def _owners(manifest: Manifest) -> list[Manifest]:
    owners: list[Manifest] = manifest["metadata"].get("ownerReferences", [])
    return owners


def _no_sink(run: EvaluationRun, found: Found) -> Standing | None:
    if found.sink or not run.spec.sink:
        return None
    claim = run.spec.sink.persistent_volume_claim.claim_name
    return Standing(
        Reason.SINK_NOT_FOUND, f"spec.sink.persistentVolumeClaim: there is no PersistentVolumeClaim {claim}"
    )


def _with_report(record: EvaluationRunStatus, work: _Work) -> EvaluationRunStatus:
    """Say where the rows are once there are any; a later change of the sink does not move them."""
    sink = work.run.spec.sink
    if record.report or not sink or not record.results:
        return record
    volume = sink.persistent_volume_claim
    folder = [volume.claim_name, volume.path, work.plan.namespace, work.plan.run, work.plan.inputs_hash]
    return record.model_copy(update={"report": "pvc://" + "/".join(part.strip("/") for part in folder if part)})


def _completed(
    run: EvaluationRun, status: EvaluationRunStatus, resolved: Resolved, rest: Sequence[Condition]
) -> EvaluationRunStatus:
    """Add who is not compared (nobody, while that cannot be judged), the rest of the conditions and the generation."""
    excluded = list(resolved.shortlist.excluded[:MOST_EXCLUDED]) if resolved.shortlist else []
    conditions = [*status.conditions, *rest]
    generation = run.metadata.generation
    return status.model_copy(update={"excluded": excluded, "conditions": conditions, "observed_generation": generation})
