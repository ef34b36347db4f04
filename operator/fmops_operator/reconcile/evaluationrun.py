"""The story of an EvaluationRun: the same inputs mean a Job a stage and then nothing to do, changed inputs new ones."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fmops_api.choose.facts import card_of
from fmops_api.evaluationplan import Stage, stages_of
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.meta import Condition
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_api.shortlist import MOST_EXCLUDED
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from fmops_operator.desired.evaluationrun_job import build_job, build_plan_map
from fmops_operator.desired.evaluationrun_sink import report_of
from fmops_operator.desired.metadata import selector
from fmops_operator.manifest import CONFIG_MAP, JOB, Kind, Manifest
from fmops_operator.reconcile.evaluationrun_inputs import Found, Resolved, gather, resolve
from fmops_operator.reconcile.evaluationrun_notes import decided, selected, superseded
from fmops_operator.reconcile.evaluationrun_stage import StageWork, Step, Work, advance, owners
from fmops_operator.status.evaluationrun import Standing, View, assess
from fmops_operator.status.evaluationrun_record import for_inputs, with_total
from fmops_operator.status.evaluationrun_rerun import (
    is_kept,
    measured_of,
    scheduled_for,
    seconds_until,
    soonest,
    stale,
)
from fmops_operator.world import Note, Outcome, World


async def reconcile(run: EvaluationRun, world: World) -> Outcome[EvaluationRunStatus]:
    """Make the evaluation of the present inputs happen once, and say how far it is."""
    found = await gather(run, world.cluster)
    # A large bundle takes long to read: not in the loop, which renews the Lease.
    resolved = await asyncio.to_thread(resolve, run, found)
    stages = stages_of(run.spec.baseline, run.spec.performance)
    if resolved.inputs is None:
        names = resolved.shortlist.names if resolved.shortlist else run.spec.candidates.named
        view = View(names, resolved.fault, resolved.fault, found.sink, stages)
        rest = stale(run.spec, run.status, run.status.inputs_hash or "", world.now())
        return Outcome(_completed(run, assess(run.spec, run.status, view), resolved, rest))
    work = await _work(run, resolved.inputs, world)
    if is_kept(run, work.plan.inputs_hash, work.scheduled_at):
        at, step, names = stages[-1], Step(run.status, None), measured_of(run.status)
    else:
        await _remove_others(work, world)
        away = dict.fromkeys(Stage, resolved.fault) | {Stage.COMPARE: resolved.comparing}
        at, step = await _measure(work, away, _no_sink(run, found), world)
        names = work.candidates
    cards = {name: card_of(model) for name, model in found.models.items() if model}
    view = View(names, resolved.fault, step.standing, found.sink, stages, at, cards, step.sink_trouble)
    rest = stale(run.spec, step.record, work.plan.inputs_hash, world.now())
    status = _completed(run, assess(run.spec, step.record, view), resolved, rest)
    notes = (*superseded(run, status), *step.notes, *decided(run, status), *selected(run, status))
    return Outcome(status, notes, soonest(step.again_after, seconds_until(run.spec, step.record, world.now())))


async def _work(run: EvaluationRun, inputs: Inputs, world: World) -> Work:
    scheduled_at = scheduled_for(run, world.now())
    plan = build_plan(run, inputs, world.settings.runner_image, scheduled_at)
    plan_map = build_plan_map(run, plan, inputs)
    live = await world.cluster.get(CONFIG_MAP, run.metadata.namespace, plan_map["metadata"]["name"])
    if live and "data" in live:
        # What is asked is the same, by its name; what gates and criteria look at may be other figures by now.
        plan_map["data"] = live["data"]
    stages = stages_of(run.spec.baseline, run.spec.performance, run.spec.execution.shards)
    jobs = {stage: build_job(run, plan, inputs, world.settings, stage) for stage in stages}
    return Work(run, plan, inputs, plan_map, jobs, scheduled_at)


async def _measure(
    work: Work, away: Mapping[Stage, Standing | None], no_sink: Standing | None, world: World
) -> tuple[Stage, Step]:
    """Advance stage after stage, as far as it goes; gives the stage that is not done, or the last one.

    `away` says by stage which model that it asks is not ready: rows in the sink can be compared without candidates.
    """
    not_ready = away[Stage.ANSWER]
    if (not_ready or no_sink) and work.run.status.inputs_hash != work.plan.inputs_hash:
        name = work.jobs[work.stages[0]]["metadata"]["name"]
        if not await world.cluster.get(JOB, work.run.metadata.namespace, name):
            # What was measured before stays at hand: the candidate may come back as it was, and then it still holds.
            return Stage.ANSWER, Step(work.run.status, not_ready or no_sink)
    record = with_total(for_inputs(work.run, work.plan.inputs_hash, work.scheduled_at), _answers_wanted(work))
    step, notes = Step(record, None), list[Note]()
    for stage in work.stages:
        blocked = away[stage] or no_sink
        step = await advance(StageWork(work, stage), step.record, blocked, world)
        notes += step.notes
        if step.standing:
            break
    if stage is Stage.ASK:
        stage = Stage.ANSWER
        await _remove_answering(work, world)
    return stage, replace(step, record=_with_report(step.record, work), notes=tuple(notes))


def _answers_wanted(work: Work) -> int:
    return work.inputs.examples * sum(map(work.plan.times, work.candidates))


async def _remove_answering(work: Work, world: World) -> None:
    """Delete the Job of a run that was not in shards before: it asks the same as they do."""
    namespace, name = work.run.metadata.namespace, work.jobs[Stage.ANSWER]["metadata"]["name"]
    existing = await world.cluster.get(JOB, namespace, name)
    if existing and not existing["metadata"].get("deletionTimestamp"):
        await world.cluster.delete(JOB, namespace, name)


async def _remove_others(work: Work, world: World) -> None:
    """Delete Jobs and plans of other inputs: a running one measures what nobody asks for any more."""
    wanted = {JOB: list(work.jobs.values()), CONFIG_MAP: [work.plan_map]}
    for kind, manifests in wanted.items():
        names = {manifest["metadata"]["name"] for manifest in manifests}
        for child in await _children(kind, work, world):
            if child["metadata"]["name"] not in names and not child["metadata"].get("deletionTimestamp"):
                await world.cluster.delete(kind, work.run.metadata.namespace, child["metadata"]["name"])


async def _children(kind: Kind, work: Work, world: World) -> list[Manifest]:
    found = await world.cluster.list(kind, work.run.metadata.namespace, selector(work.run))
    return [c for c in found if any(o["uid"] == work.run.metadata.uid for o in owners(c))]


def _no_sink(run: EvaluationRun, found: Found) -> Standing | None:
    volume = run.spec.sink.persistent_volume_claim if run.spec.sink else None
    if found.sink or not volume:
        return None
    return Standing(
        Reason.SINK_NOT_FOUND,
        f"spec.sink.persistentVolumeClaim: there is no PersistentVolumeClaim {volume.claim_name}",
    )


def _with_report(record: EvaluationRunStatus, work: Work) -> EvaluationRunStatus:
    """Say where the rows are once there are any; a later change of the sink does not move them."""
    sink = work.run.spec.sink
    if record.report or not sink or not record.results:
        return record
    return record.model_copy(update={"report": report_of(sink, work.plan)})


def _completed(
    run: EvaluationRun, status: EvaluationRunStatus, resolved: Resolved, rest: Sequence[Condition]
) -> EvaluationRunStatus:
    """Add who is not compared (nobody, while that cannot be judged), the rest of the conditions and the generation."""
    excluded = list(resolved.shortlist.excluded[:MOST_EXCLUDED]) if resolved.shortlist else []
    conditions = [*status.conditions, *rest]
    generation = run.metadata.generation
    return status.model_copy(update={"excluded": excluded, "conditions": conditions, "observed_generation": generation})
