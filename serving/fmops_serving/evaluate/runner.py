"""The program inside an evaluation Job: measures one candidate of a plan and hands a summary back."""

from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from fmops_api.catalogsource import CatalogSource
from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary, Figure, Stage
from fmops_api.gates import observed
from fmops_api.shard import MOST_SHARDS, Shard, shard_at
from fmops_serving.evaluate.budget import read_budget
from fmops_serving.evaluate.errors import BadInput, EvaluationError, Exit
from fmops_serving.evaluate.inputs import read_plan
from fmops_serving.evaluate.stages import Order, carry_out_stage
from fmops_serving.evaluate.summary import TERMINATION_LOG, fit, hand_back
from fmops_serving.objectstore.place import Place
from fmops_serving.resolve.places import reach_of

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
    help="answer: ask what is not asked yet, and score. ask: ask one shard alone. "
    "compare: hold what is in the sink against the baseline's. "
    "measure: put the endpoint under load.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Candidates measured at the same time, each by a runner of its own: they share the requests to an address.",
)
@click.option(
    "--shards",
    type=click.IntRange(1, MOST_SHARDS),
    default=1,
    show_default=True,
    help="With --stage ask: pods for each candidate. The index then counts the shards of the first one, and so on.",
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
    if given["shards"] > 1 and stage != Stage.ASK:
        raise click.UsageError("--shards goes with --stage ask; the other stages find what shards have asked")
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
        figures = plan.looked_at(order.stage)
        name, shard = _subject(order, plan)
        found = EvaluationSummary(model=name)
        found, status = carry_out_stage(order, plan, name, shard)
        _show(found)
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        found, status = found.model_copy(update={"error": str(error), "reason": error.reason}), error.exit
    return _hand_back(found, figures, target) or status


def _subject(order: Order, plan: EvaluationPlan) -> tuple[str, Shard | None]:
    """Name the candidate that the index stands for in this stage, and its shard where that is all it asks."""
    names, index = plan.subjects(order.stage), order.index
    if index is None and len(names) * order.shards == 1:
        index = 0
    what = f"{len(names)} candidates" + (f" of {order.shards} shards" if order.shards > 1 else "")
    if index is None:
        raise BadInput(f"the plan has {what}: say which with --index or JOB_COMPLETION_INDEX")
    place, shard = shard_at(index, order.shards)
    if not 0 <= place < len(names):
        raise BadInput(f"index {index} names no candidate: the plan has {what}, counted from 0")
    return names[place], shard if order.stage is Stage.ASK else None


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
