"""Figures and verdicts for people: tables, and sentences about what they should know."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fmops_api.choose.decision import Choice
from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import Result, Verdict
from fmops_api.gates import observed
from fmops_serving.evaluate.laptop.report import Outcome
from fmops_serving.evaluate.score.slices import MOST

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.INCONCLUSIVE: "yellow"}


def show(outcome: Outcome, console: Console) -> None:
    """Print the figures, then what the gates say of them."""
    console.print(_figures(outcome))
    if any(summary.slices for summary in outcome.summaries):
        console.print(_slices(outcome))
    if outcome.gates:
        console.print(_gates(outcome))
    if choice := outcome.choice:
        console.print(_ranking(choice))


def _figures(outcome: Outcome) -> Table:
    table = Table("Model", "Metric", "Value", "Interval", "At", "n", "Unscored", title=outcome.plan.run)
    for summary in outcome.summaries:
        for result in summary.results:
            value = result.value or "not measured"
            interval = _interval(result)
            metric = f"{result.metric} against the baseline" if result.against else result.metric
            table.add_row(result.model, metric, value, interval, result.confidence, str(result.n), str(result.unscored))
    return table


def _slices(outcome: Outcome) -> Table:
    table = Table("Slice", "Metric", "Model", "Value", "Interval", "n", "Unscored", title="By tag and language")
    found = [result for summary in outcome.summaries for result in summary.slices]
    for result in sorted(found, key=lambda each: (each.slice, each.metric)):
        value, interval = result.value or "not measured", _interval(result)
        table.add_row(result.slice, result.metric, result.model, value, interval, str(result.n), str(result.unscored))
    return table


def _interval(result: Result) -> str:
    return observed(result).partition(" ")[2] if result.value else ""


def _gates(outcome: Outcome) -> Table:
    table = Table("Model", "Gate", "Required", "Observed", "Verdict")
    for gate in outcome.verdicts:
        colour = _COLOURS[gate.verdict]
        table.add_row(gate.model, gate.metric, gate.required, gate.observed, f"[{colour}]{gate.verdict}[/{colour}]")
    return table


def _ranking(choice: Choice) -> Table:
    table = Table("Rank", "Model", "Reason")
    for each in choice.ranking:
        chosen = choice.selected is not None and choice.selected.model == each.model
        table.add_row(
            str(each.rank or "-"), f"[green]{each.model}[/green]" if chosen else each.model, Text(each.reason)
        )
    return table


def warnings_of(summaries: Sequence[EvaluationSummary]) -> Mapping[str, str]:
    """Say per candidate what a reader of the figures should know."""
    found = {}
    for summary in summaries:
        parts = []
        if summary.truncated:
            parts.append(f"{summary.truncated} answers were cut off by the template's maxTokens or the model's context")
        if summary.errors:
            parts.append(f"{summary.errors} of {summary.total} examples have no answer; the rows say why")
        if any(result.low_power for result in summary.results):
            few = min(result.n for result in summary.results if result.low_power)
            parts.append(f"low power: as few as {few} examples, or clusters of them, stand behind a figure")
        parts += [f"{count} answers have no cost: {cause}" for cause, count in summary.cost_faults.items()]
        parts += [f"{count} verdicts are missing: {cause}" for cause, count in summary.judge_faults.items()]
        parts += [f"{count} texts have no vector: {cause}" for cause, count in summary.embedder_faults.items()]
        if summary.omitted_slices:
            parts.append(f"{summary.omitted_slices} tags or languages beyond the largest {MOST} are not looked at")
        if parts:
            found[summary.model] = "; ".join(parts)
    return found
