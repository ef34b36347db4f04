"""Carrying out the stage of a run that a Job's pod is started for.

What a stage needs beside asking is imported when it gets there, so that the first request is soon on its way.
"""

# ruff: noqa: PLC0415

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from fmops_api.catalogsource import CatalogSource
from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary, Stage
from fmops_api.scalars import seconds
from fmops_api.shard import Shard
from fmops_serving.evaluate.budget import UNLIMITED, Budget, Meter
from fmops_serving.evaluate.errors import BadInput, Exit, NotMeasured
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, gather, read_bundle
from fmops_serving.evaluate.manifest import write_manifest
from fmops_serving.evaluate.measure import measure, unmeasured
from fmops_serving.evaluate.pace import Paces
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.sources import Stocked, with_sources
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.watch import logged
from fmops_serving.objectstore.place import Place
from fmops_serving.resolve.places import Reach

if TYPE_CHECKING:
    from fmops_serving.evaluate.remote import RemoteSink


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    plan: Path
    bundle: Path
    index: int | None
    sink: Path | None
    stage: Stage = Stage.ANSWER
    store: Place | None = None
    sources: tuple[CatalogSource, ...] = ()
    """Where examples stand that the bundle names by digest only."""
    reach: Reach = field(default_factory=Reach)
    budget: Budget = UNLIMITED
    at_once: int = 1
    shards: int = 1
    """How many pods ask for a candidate."""


def carry_out_stage(
    order: Order, plan: EvaluationPlan, name: str, shard: Shard | None = None
) -> tuple[EvaluationSummary, Exit]:
    """Give what came of a candidate's stage, and how to end; raises EvaluationError."""
    index = next(place for place, candidate in enumerate(plan.candidates) if candidate.name == name)
    stocked = with_sources(read_bundle(order.bundle, plan.catalog_digest), plan, order.sources, order.reach)
    inputs = gather(plan, stocked.catalog, index, stocked.shelf)
    relative = Path(plan.namespace, plan.run, plan.inputs_hash)
    folder = RunFolder(order.sink / relative) if order.sink else None
    if folder is not None and order.stage in (Stage.ASK, Stage.ANSWER):
        write_manifest(folder, inputs)
    if shard is not None:
        inputs = inputs.part(shard)
    remote = None
    if folder is not None and order.store is not None:
        from fmops_serving.evaluate.remote import open_remote

        compares = order.stage is Stage.COMPARE
        files = inputs.duel_files(folder) if compares else inputs.row_files(folder)
        remote = open_remote(order.store, relative.as_posix(), folder, inputs.candidate.name, files)
    if order.stage is Stage.COMPARE:
        return _compared(inputs, stocked, folder, remote)
    if order.stage is Stage.MEASURE:
        found = run_until_told(_loaded(inputs, folder, remote))
        return found, Exit.NOT_MEASURED if found.error else Exit.DONE
    meter = Meter(order.budget.shared(len(plan.candidates) * order.shards))
    paces = Paces(lambda url: min(order.at_once, plan.sharers(url) * order.shards))
    terms = Terms(monotonic() + seconds(plan.execution.run_timeout), meter, paces)
    if order.stage is Stage.ASK:
        return run_until_told(_asked(inputs, folder, remote, terms))
    found, status = run_until_told(_watched(inputs, folder, remote, terms))
    if folder is not None and remote is None and not found.error:
        from fmops_serving.results.reports import write_reports

        write_reports(folder)
    rows = RunFolder(relative).rows(found.model).parent if folder else ""
    return found.model_copy(update={"rows": str(rows)}), status


async def _asked(
    inputs: Inputs, folder: RunFolder | None, remote: "RemoteSink | None", terms: Terms
) -> tuple[EvaluationSummary, Exit]:
    from fmops_serving.evaluate.ask import ask

    if folder is None:
        raise BadInput("--stage ask leaves its rows to another pod: say where with --sink")
    progress = Progress(inputs.told, inputs.wanted)
    try:
        async with logged(progress):
            return await ask(inputs, folder, progress, terms, remote), Exit.DONE
    except NotMeasured as error:
        return unmeasured(progress, error), error.exit


async def _loaded(inputs: Inputs, folder: RunFolder | None, remote: "RemoteSink | None") -> EvaluationSummary:
    from fmops_serving.evaluate.performance.stage import put_under_load, wanted_of

    ladder = inputs.plan.performance
    if ladder is None:
        raise BadInput("--stage measure needs a plan with performance")
    progress = Progress(inputs.candidate.name, wanted_of(ladder))
    deadline = monotonic() + seconds(inputs.plan.execution.run_timeout)
    try:
        if remote is not None:
            await remote.bring_performance()
        sent = remote.send_performance if remote is not None else None
        async with logged(progress):
            found = await put_under_load(inputs, folder, progress, deadline, sent)
    except NotMeasured as error:
        return unmeasured(progress, error)
    if remote is not None:
        await remote.finish_performance(inputs.plan.subjects(Stage.ANSWER))
    elif folder is not None and folder.manifest.exists():
        from fmops_serving.results.reports import write_reports

        write_reports(folder)
    return found


def _compared(
    inputs: Inputs, stocked: Stocked, folder: RunFolder | None, remote: "RemoteSink | None"
) -> tuple[EvaluationSummary, Exit]:
    plan = inputs.plan
    if folder is None:
        raise BadInput("--stage compare reads the scores of two candidates: say where with --sink")
    if plan.baseline is None:
        raise BadInput("the plan names no baseline to compare with")
    place = plan.subjects(Stage.ANSWER).index(plan.baseline)
    baseline = gather(plan, stocked.catalog, place, stocked.shelf)
    return run_until_told(_against(inputs, baseline, folder, remote))


async def _against(
    inputs: Inputs, baseline: Inputs, folder: RunFolder, remote: "RemoteSink | None"
) -> tuple[EvaluationSummary, Exit]:
    from fmops_serving.evaluate.compare.stage import compare
    from fmops_serving.evaluate.earlier import EarlierFolders
    from fmops_serving.results.reports import write_reports

    name, asked = inputs.candidate.name, len(inputs.examples)
    progress = Progress(name, asked, answered=asked)
    deadline = monotonic() + seconds(inputs.plan.execution.run_timeout)
    terms = Terms(deadline, earlier=(remote or EarlierFolders(folder)) if inputs.plan.cache else None)
    if remote is not None:
        await remote.bring([name, baseline.candidate.name], answers=bool(inputs.duels))
        await remote.resume()
    try:
        async with remote.keeping() if remote else nullcontext(), logged(progress) if inputs.duels else nullcontext():
            found = await compare(inputs, baseline, folder, progress, terms)
    except NotMeasured as error:
        return unmeasured(progress, error), error.exit
    if remote is not None:
        await remote.finish_comparison(inputs.plan.subjects(Stage.ANSWER))
    else:
        write_reports(folder)
    return found, Exit.DONE


async def _watched(
    inputs: Inputs, folder: RunFolder | None, remote: "RemoteSink | None", terms: Terms
) -> tuple[EvaluationSummary, Exit]:
    progress = Progress(inputs.candidate.name, inputs.wanted)
    try:
        async with logged(progress):
            return await measure(inputs, folder, progress, terms, remote), Exit.DONE
    except NotMeasured as error:
        return unmeasured(progress, error), error.exit
