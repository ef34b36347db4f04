"""The program inside an evaluation Job: measures one candidate of a plan and hands a summary back."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import click

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary, Figure
from fmops_api.gates import observed
from fmops_api.scalars import seconds
from fmops_serving.evaluate.errors import BadInput, EvaluationError, Exit, NotMeasured
from fmops_serving.evaluate.folder import RunFolder
from fmops_serving.evaluate.inputs import Inputs, gather, read_bundle, read_plan
from fmops_serving.evaluate.manifest import write_manifest
from fmops_serving.evaluate.measure import measure, unmeasured
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.stopping import run_until_told
from fmops_serving.evaluate.summary import TERMINATION_LOG, fit, hand_back
from fmops_serving.evaluate.watch import logged

_STATUSES = """
\b
Exit statuses:
   0  measured
   2  bad input: plan, bundle, index or API key
   4  could not measure: the endpoint refuses, does not answer, or time ran out
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


@click.command(epilog=_STATUSES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--plan", required=True, type=click.Path(path_type=Path), help="The run, as an EvaluationPlan in JSON.")
@click.option("--bundle", required=True, type=click.Path(path_type=Path), help="The catalogue, as a resolved bundle.")
@click.option(
    "--index", type=int, envvar="JOB_COMPLETION_INDEX", show_envvar=True, help="Which candidate of the plan, from 0."
)
@click.option(
    "--sink", type=click.Path(path_type=Path), help="Folder that keeps the rows; without it they are not kept."
)
@click.option(
    "--summary", type=click.Path(path_type=Path), default=None,
    help=f"File for the summary, at most 4096 bytes; {TERMINATION_LOG} when that is there.",
)  # fmt: skip
def main(plan: Path, bundle: Path, index: int | None, sink: Path | None, summary: Path | None) -> None:
    """Measure one candidate of an evaluation: ask every example, keep the answers, hand figures back."""
    target = summary or (TERMINATION_LOG if TERMINATION_LOG.exists() else None)
    raise SystemExit(carry_out(Order(plan, bundle, index, sink), target))


def carry_out(order: Order, target: Path | None) -> Exit:
    """Measure and report; every failure becomes one sentence on the screen and in the summary."""
    found, figures, status = EvaluationSummary(model=""), list[Figure](), Exit.DONE
    try:
        plan = read_plan(order.plan)
        figures = plan.figures
        index = _index(order, plan)
        found = EvaluationSummary(model=plan.candidates[index].name)
        found = _measured(order, plan, index)
        status = _show(found)
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        found, status = found.model_copy(update={"error": str(error)}), error.exit
    return _hand_back(found, figures, target) or status


def _measured(order: Order, plan: EvaluationPlan, index: int) -> EvaluationSummary:
    inputs = gather(plan, read_bundle(order.bundle), index)
    relative = Path(plan.namespace, plan.run, plan.inputs_hash)
    folder = RunFolder(order.sink / relative) if order.sink else None
    if folder is not None:
        write_manifest(folder, inputs)
    found = run_until_told(_watched(inputs, folder))
    rows = RunFolder(relative).rows(found.model).parent if folder else ""
    return found.model_copy(update={"rows": str(rows)})


async def _watched(inputs: Inputs, folder: RunFolder | None) -> EvaluationSummary:
    progress = Progress(inputs.candidate.name, len(inputs.examples))
    deadline = monotonic() + seconds(inputs.plan.execution.run_timeout)
    try:
        async with logged(progress):
            return await measure(inputs, folder, progress, deadline)
    except NotMeasured as error:
        return unmeasured(progress, error)


def _index(order: Order, plan: EvaluationPlan) -> int:
    index = order.index
    if index is None and len(plan.candidates) == 1:
        return 0
    if index is None:
        raise BadInput(
            f"the plan has {len(plan.candidates)} candidates: say which with --index or JOB_COMPLETION_INDEX"
        )
    if not 0 <= index < len(plan.candidates):
        raise BadInput(f"index {index} names no candidate: the plan has {len(plan.candidates)}, counted from 0")
    return index


def _show(found: EvaluationSummary) -> Exit:
    if found.error:
        click.echo(f"fmops: {found.error}", err=True)
        return Exit.NOT_MEASURED
    for result in found.results:
        unscored = f", {result.unscored} unscored" if result.unscored else ""
        click.echo(f"{result.metric} = {observed(result)} at {result.confidence}, n={result.n}{unscored}")
    for cause, count in found.judge_faults.items():
        click.echo(f"{count} verdicts are missing: {cause}")
    return Exit.DONE


def _hand_back(found: EvaluationSummary, figures: list[Figure], target: Path | None) -> Exit | None:
    if target is None:
        return None
    try:
        hand_back(target, fit(found, figures))
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        return error.exit
    return None
