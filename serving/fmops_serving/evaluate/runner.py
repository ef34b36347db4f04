"""The program inside an evaluation Job: measures one candidate of a plan and hands a summary back.

What a stage needs beside asking is imported when it gets there, so that the first request is soon on its way.
"""

# ruff: noqa: PLC0415

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

from fmops_api.catalogsource import CatalogSource
from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary, Figure, Stage
from fmops_api.gates import observed
from fmops_api.scalars import seconds
from fmops_serving.evaluate.budget import UNLIMITED, Budget, Meter, read_budget
from fmops_serving.evaluate.errors import BadInput, EvaluationError, Exit, NotMeasured
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, gather, read_bundle, read_plan
from fmops_serving.evaluate.manifest import write_manifest
from fmops_serving.evaluate.measure import measure, unmeasured
from fmops_serving.evaluate.pace import Paces
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.sources import Stocked, with_sources
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.evaluate.summary import TERMINATION_LOG, fit, hand_back
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.watch import logged
from fmops_serving.objectstore.store import Place
from fmops_serving.resolve.places import Reach, reach_of

if TYPE_CHECKING:
    from fmops_serving.evaluate.remote import RemoteSink

_STATUSES = """
\b
Exit statuses:
   0  measured
   2  bad input: plan, bundle, index or API key; or too many prompts that cannot be rendered
   4  could not measure: the endpoint refuses, does not answer, or time ran out
   6  the share of the budget is spent; the same command with a larger one goes on from there
   5  rows or results cannot be written or read
  75  stopped by a signal; the same command goes on from there
"""


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


@click.command(epilog=_STATUSES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--plan", required=True, type=click.Path(path_type=Path), help="The run, as an EvaluationPlan in JSON.")
@click.option("--bundle", required=True, type=click.Path(path_type=Path), help="The catalogue, as a resolved bundle.")
@click.option(
    "--index", type=int, envvar="JOB_COMPLETION_INDEX", show_envvar=True, help="Which candidate of the plan, from 0."
)
@click.option(
    "--sink", type=click.Path(path_type=Path), help="Folder that keeps the rows; without it they are not kept."
)
@click.option("--store", metavar="URI", help="Folder of an object store that keeps rows and results, beside --sink.")
@click.option("--store-endpoint", metavar="URL", help="Address of a store other than AWS.")
@click.option("--store-region", metavar="NAME", help="Region of the bucket.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="JSON",
    help="Where examples stand that the bundle names by digest, as an entry of a PromptCatalog's sources.",
)
@click.option("--volume", "volumes", multiple=True, metavar="CLAIM=DIR", help="Where the claim of a source is mounted.")
@click.option(
    "--stage",
    type=click.Choice([str(stage) for stage in Stage]),
    default=str(Stage.ANSWER),
    show_default=True,
    help="answer: ask and score. compare: hold what is in the sink against the baseline's. "
    "measure: put the endpoint under load.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Candidates measured at the same time, each by a runner of its own: they share the requests to an address.",
)
@click.option("--budget-tokens", type=click.IntRange(min=1), help="Tokens that the whole run may take.")
@click.option("--budget-cost", metavar="MONEY", help="Money that the whole run may take; --price for every model.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="MODEL=INPUT,OUTPUT",
    help="Price of a million tokens of prompts and of answers; may be repeated.",
)
@click.option(
    "--summary", type=click.Path(path_type=Path), default=None,
    help=f"File for the summary, at most 4096 bytes; {TERMINATION_LOG} when that is there.",
)  # fmt: skip
def main(summary: Path | None, stage: str, sources: tuple[str, ...], volumes: tuple[str, ...], **given: Any) -> None:
    """Measure one candidate of an evaluation: ask every example, keep the answers, hand figures back."""
    store, endpoint, region = (given.pop(name) for name in ("store", "store_endpoint", "store_region"))
    if store and given["sink"] is None:
        raise click.UsageError("--store needs --sink: the folder that the runner works in")
    place = Place(store, endpoint, region) if store else None
    given |= {"sources": tuple(map(_source, sources)), "reach": reach_of(volumes)}
    tokens, cost, prices = (given.pop(name) for name in ("budget_tokens", "budget_cost", "prices"))
    given["budget"] = read_budget(tokens, cost, prices)
    target = summary or (TERMINATION_LOG if TERMINATION_LOG.exists() else None)
    raise SystemExit(carry_out(Order(stage=Stage(stage), store=place, **given), target))


def _source(text: str) -> CatalogSource:
    try:
        return CatalogSource.model_validate_json(text)
    except ValidationError as error:
        raise click.UsageError(f"--source must be an entry of a PromptCatalog's sources: {error}") from None


def carry_out(order: Order, target: Path | None) -> Exit:
    """Measure and report; every failure becomes one sentence on the screen and in the summary."""
    found, figures, status = EvaluationSummary(model=""), list[Figure](), Exit.DONE
    try:
        plan = read_plan(order.plan)
        figures = [figure for figure in plan.figures if bool(figure.against) == (order.stage is Stage.COMPARE)]
        name = _subject(order, plan)
        found = EvaluationSummary(model=name)
        found, status = _measured(order, plan, name)
        _show(found)
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        found, status = found.model_copy(update={"error": str(error), "reason": error.reason}), error.exit
    return _hand_back(found, figures, target) or status


def _measured(order: Order, plan: EvaluationPlan, name: str) -> tuple[EvaluationSummary, Exit]:
    index = next(place for place, candidate in enumerate(plan.candidates) if candidate.name == name)
    stocked = with_sources(read_bundle(order.bundle), plan, order.sources, order.reach)
    inputs = gather(plan, stocked.catalog, index, stocked.shelf)
    relative = Path(plan.namespace, plan.run, plan.inputs_hash)
    folder = RunFolder(order.sink / relative) if order.sink else None
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
    if folder is not None:
        write_manifest(folder, inputs)
    meter = Meter(order.budget.shared(len(plan.candidates)))
    paces = Paces(lambda url: min(order.at_once, plan.sharers(url)))
    terms = Terms(monotonic() + seconds(plan.execution.run_timeout), meter, paces)
    found, status = run_until_told(_watched(inputs, folder, remote, terms))
    if folder is not None and remote is None and not found.error:
        from fmops_serving.results.reports import write_reports

        write_reports(folder)
    rows = RunFolder(relative).rows(found.model).parent if folder else ""
    return found.model_copy(update={"rows": str(rows)}), status


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


def _subject(order: Order, plan: EvaluationPlan) -> str:
    """Name the candidate that the index stands for in this stage."""
    names, index = plan.subjects(order.stage), order.index
    if index is None and len(names) == 1:
        return names[0]
    if index is None:
        raise BadInput(f"the plan has {len(names)} candidates: say which with --index or JOB_COMPLETION_INDEX")
    if not 0 <= index < len(names):
        raise BadInput(f"index {index} names no candidate: the plan has {len(names)}, counted from 0")
    return names[index]


def _show(found: EvaluationSummary) -> None:
    if found.error:
        click.echo(f"fmops: {found.error}", err=True)
        return
    for result in found.results:
        against = " against the baseline" if result.against else ""
        unscored = f", {result.unscored} unscored" if result.unscored else ""
        click.echo(f"{result.metric}{against} = {observed(result)} at {result.confidence}, n={result.n}{unscored}")
    for cause, count in found.cost_faults.items():
        click.echo(f"{count} answers have no cost: {cause}")
    for cause, count in found.judge_faults.items():
        click.echo(f"{count} verdicts are missing: {cause}")
    for cause, count in found.embedder_faults.items():
        click.echo(f"{count} texts have no vector: {cause}")


def _hand_back(found: EvaluationSummary, figures: list[Figure], target: Path | None) -> Exit | None:
    if target is None:
        return None
    try:
        hand_back(target, fit(found, figures))
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        return error.exit
    return None
