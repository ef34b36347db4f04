"""Figures and verdicts in a terminal: tables, with intervals drawn to one scale for each figure."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.table import Table
from rich.text import Text

from fmops_api.evaluationrunstatus import GateResult, Result, SliceResult, Verdict
from fmops_api.gates import observed

PLOT = 28
"""Characters of a drawn interval."""
_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.INCONCLUSIVE: "yellow"}


def figures(title: str, results: Iterable[Result]) -> Table:
    """Set every figure's candidates below each other, with their intervals drawn."""
    table = Table("Figure", "Candidate", "Value", "Interval", "", "At", "n", "Unscored", title=Text(title))
    order = {figure: place for place, figure in enumerate(dict.fromkeys(map(_figure, results)))}
    ordered = sorted(results, key=lambda r: (order[_figure(r)], r.confidence))
    for (figure, confidence), group in groupby(ordered, key=lambda r: (_figure(r), r.confidence)):
        same = list(group)
        for place, result in enumerate(same):
            name = Text("" if place else figure)
            table.add_row(
                name, Text(result.model), result.value or "not measured", observed(result).partition(" ")[2]
                if result.value else "", drawn(result, same), confidence, str(result.n), str(result.unscored),
                end_section=place == len(same) - 1,
            )  # fmt: skip
    return table


def slices(found: Sequence[SliceResult]) -> Table:
    """Set every figure of a slice below each other, candidate by candidate, with their intervals drawn."""
    table = Table("Slice", "Figure", "Candidate", "Value", "Interval", "", "n", "Unscored")
    ordered = sorted(found, key=lambda r: (r.slice, r.metric))
    for (name, metric), group in groupby(ordered, key=lambda r: (r.slice, r.metric)):
        same = list(group)
        for place, result in enumerate(same):
            first = ("", "") if place else (name, metric)
            value, interval = result.value or "not measured", observed(result).partition(" ")[2] if result.value else ""
            table.add_row(
                *map(Text, first), Text(result.model), value, interval, drawn(result, same), str(result.n),
                str(result.unscored), end_section=place == len(same) - 1,
            )  # fmt: skip
    return table


def _figure(result: Result) -> str:
    return f"{result.metric} against the baseline" if result.against else result.metric


def drawn(result: Result, beside: Sequence[Result]) -> str:
    """Draw an interval on the scale that holds all those beside it; an arrow where it has no end."""
    if result.value is None:
        return ""
    ends = [float(end) for each in beside for end in (each.low, each.value, each.high) if end is not None]
    low, span = min(ends), (max(ends) - min(ends)) or 1.0

    def place(end: str) -> int:
        return round((float(end) - low) / span * (PLOT - 1))

    first = place(result.low) if result.low is not None else 0
    last = place(result.high) if result.high is not None else PLOT - 1
    line = [" "] * first + ["─"] * (last - first + 1)
    line[first], line[last] = ("├" if result.low is not None else "◂"), ("┤" if result.high is not None else "▸")
    line[place(result.value)] = "●"
    return "".join(line)


def gates(verdicts: Iterable[GateResult]) -> Table:
    """Set the gates below each other."""
    table = Table("Candidate", "Gate", "Required", "Observed", "Verdict")
    for gate in verdicts:
        verdict = Text(str(gate.verdict), style=_COLOURS[gate.verdict])
        table.add_row(Text(gate.model), Text(gate.metric), Text(gate.required), Text(gate.observed), verdict)
    return table
