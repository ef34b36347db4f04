"""Results as a terminal, a program, a document or a pipeline wants them; from a folder or from a cluster alike."""

from dataclasses import dataclass
from enum import StrEnum

import click
import orjson
from rich.console import Console

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.reasons import ConditionType
from fmops_serving.results.junit import junit
from fmops_serving.results.pages import status_markdown
from fmops_serving.results.reading import RunResults
from fmops_serving.results.terminal import figures, gates, slices

_WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "md"
    JUNIT = "junit"


@dataclass(frozen=True)
class Shown:
    """A run's name and what is known about it."""

    name: str
    status: EvaluationRunStatus

    @property
    def open_questions(self) -> list[str]:
        """Give the sentences that say why something is not as it should be."""
        wanted = {str(ConditionType.COMPLETE), str(ConditionType.GATE_PASSED), str(ConditionType.RESULTS_KEPT)}
        return [
            f"{c.type}={c.status} ({c.reason}){': ' if c.message else ''}{c.message}"
            for c in self.status.conditions
            if c.type in wanted and c.status != "True"
        ]


def of_folder(run: RunResults) -> Shown:
    """Take the results of a folder, whether or not a command line has summed them up."""
    found_of = [
        summary for each in run.measured for summary in (each.summary, each.comparison, each.performance) if summary
    ]
    results = [result for summary in found_of for result in summary.results]
    sliced = [result for summary in found_of for result in summary.slices]
    known = {"results": results, "slices": sliced, "inputs_hash": run.plan.inputs_hash}
    found = run.status.model_copy(update=known)
    return Shown(run.plan.run, found)


def write(shown: Shown, wanted: Format) -> None:
    """Write to standard output."""
    match wanted:
        case Format.TABLE:
            _tables(shown)
        case Format.JSON:
            content = shown.status.model_dump(mode="json", by_alias=True, exclude_none=True)
            click.echo(orjson.dumps({"run": shown.name, **content}, option=orjson.OPT_INDENT_2))
        case Format.MARKDOWN:
            click.echo(status_markdown(shown.name, shown.status, shown.open_questions), nl=False)
        case Format.JUNIT:
            click.echo(junit(shown.name, shown.status.gates), nl=False)


def _tables(shown: Shown) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    if shown.status.results:
        console.print(figures(shown.name, shown.status.results))
    else:
        click.echo(f"{shown.name} has no figures yet")
    if shown.status.slices:
        console.print(slices(shown.status.slices))
    if shown.status.gates:
        console.print(gates(shown.status.gates))
    for sentence in shown.open_questions:
        click.echo(sentence)
    if shown.status.report:
        click.echo(f"rows and reports: {shown.status.report}")
