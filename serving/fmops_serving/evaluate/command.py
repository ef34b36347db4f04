"""The command `fmops evaluate`. What shows results is imported after asking, which is to begin soon."""

# ruff: noqa: PLC0415

import re
from dataclasses import dataclass
from pathlib import Path

import click

from fmops_serving.evaluate.errors import BadInput, EvaluationError
from fmops_serving.evaluate.folder import RunFolder, remove, write_json
from fmops_serving.evaluate.laptop.carryout import carry_out
from fmops_serving.evaluate.laptop.manifests import load
from fmops_serving.evaluate.laptop.options import endpoints, pairs
from fmops_serving.evaluate.laptop.plan import Reach
from fmops_serving.evaluate.laptop.report import Outcome, status_of
from fmops_serving.evaluate.laptop.sources import volumes
from fmops_serving.evaluate.stopping import run_until_told

_STORE = re.compile(r"[a-z][a-z0-9+]*:/")
_WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""

_HELP = """Carry out an EvaluationRun from here: the same manifests, prompts and figures as in the cluster.

Every candidate and judge's model needs an --endpoint; one whose FoundationModel is among the files and is a provider or
service has its URL from there. The name to send as `model` is the manifest's, or what the endpoint says it serves.

Sources of the catalogue in an object store are read with the credentials of the environment (AWS_ACCESS_KEY_ID, ...),
and those on a claim from the folder that --volume names.

The output folder holds manifest.json (what was measured, and with what), answers/model=NAME/part-00000.jsonl (one
line per answer), results/model=NAME/part-00000.parquet (answers with scores), summary.json (results, gates, progress
and conditions, as the status in the cluster) and the reports: report.html, report.md and junit.xml. A second
start with the same folder asks only what has no answer yet; take another folder for another model behind the same
URL.

\b
Example:
  fmops evaluate -f run.yaml -f catalog.yaml --endpoint llama-8b=http://localhost:8000/v1 --output out

\b
Exit statuses:
  0    measured, and every gate passed; with selection: one candidate is selected
  2    bad input: a file, an option, a manifest or an API key
  3    measured, and a gate failed or is inconclusive; with selection: nobody is selected
  4    could not be measured: an endpoint refuses, does not answer, or time ran out
  5    the output folder cannot be written or read
  75   stopped by SIGTERM; the same command goes on from there
  130  stopped by Ctrl-C; the same command goes on from there
"""


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    files: tuple[str, ...]
    endpoints: tuple[str, ...]
    api_keys: tuple[str, ...]
    run: str | None
    limit: int | None
    volumes: tuple[str, ...] = ()


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-f", "--file", "files", multiple=True, required=True, metavar="FILE|DIR|-", help="Manifests; may be repeated."
)
@click.option(
    "--endpoint",
    "endpoints_given",
    multiple=True,
    metavar="MODEL=URL",
    help="Root of a candidate's OpenAI API, usually ending in /v1; may be repeated.",
)
@click.option(
    "--api-key",
    "api_keys",
    multiple=True,
    metavar="MODEL=VARIABLE",
    help="Environment variable that holds a candidate's API key; may be repeated.",
)
@click.option(
    "--volume",
    "volumes_given",
    multiple=True,
    metavar="CLAIM=DIR",
    help="Folder in place of a PersistentVolumeClaim that the catalogue has sources on; may be repeated.",
)
@click.option("--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the results.")
@click.option("--run", "run_name", metavar="NAME", help="Which EvaluationRun, when the files hold more than one.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask at most N examples.")
@click.pass_context
def evaluate(
    context: click.Context, /, output: Path, run_name: str | None, limit: int | None, **given: tuple[str, ...]
) -> None:
    """Read, measure, judge, tell."""
    order = Order(given["files"], given["endpoints_given"], given["api_keys"], run_name, limit, given["volumes_given"])
    try:
        _refuse_store(output)
        outcome = _carried_out(order, RunFolder(output))
    except EvaluationError as error:
        click.echo(f"fmops: {error}", err=True)
        context.exit(error.exit)
    _tell(outcome, output)
    context.exit(outcome.exit)


def _refuse_store(output: Path) -> None:
    if _STORE.match(str(output)):
        raise BadInput("--output is a folder of this machine: measure into one, then copy it to the object store")


def _carried_out(order: Order, folder: RunFolder) -> Outcome:
    evaluation = load(order.files, order.run, volumes(order.volumes))
    reach = Reach(endpoints(order.endpoints), pairs("--api-key", order.api_keys, "MODEL=VARIABLE"))
    for path in (folder.report, folder.junit, folder.page, folder.markdown):
        remove(path)
    outcome = run_until_told(carry_out(evaluation, reach, order.limit, folder))
    write_json(folder.report, status_of(outcome))
    from fmops_serving.results.reports import write_reports

    write_reports(folder)
    return outcome


def _tell(outcome: Outcome, output: Path) -> None:
    from rich.console import Console

    from fmops_serving.evaluate.laptop.table import show, warnings_of

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    show(outcome, console)
    for model, warning in warnings_of(outcome.summaries).items():
        click.echo(f"{model}: {warning}")
    for excluded in outcome.excluded:
        click.echo(f"not compared: {excluded.model}: {excluded.reason}")
    if outcome.trusted and outcome.trusted.status != "True":
        click.echo(f"JudgeTrusted is {outcome.trusted.status}: {outcome.trusted.message}")
    for failure in outcome.failures:
        click.echo(f"fmops: {failure}", err=True)
    click.echo(f"results, answers and manifest are in {output}")
