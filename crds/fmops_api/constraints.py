"""Which figures a constraint on results looks at: read from its text, so that the plan can ask for them. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from fmops_api.evaluationrun import EvaluationRunSpec
from fmops_api.evaluationrunstatus import Against
from fmops_api.judge import KAPPA, comparing
from fmops_api.metricscale import BUILT_IN, PARTS
from fmops_api.metrictype import MetricType
from fmops_api.performance import of_a_level, off_the_ladder
from fmops_api.selection import AGAINST_BASELINE, RESULTS

FIELDS = ("value", "low", "high", "n", "unscored")
"""What a figure has for a constraint: the names of the status."""
_LOOK = re.compile(
    rf"(?<![\w.])({RESULTS}|{AGAINST_BASELINE})\s*"
    r"(?:\.\s*([A-Za-z_]\w*+)(?!\s*\()|\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\])(?:\s*\.\s*([A-Za-z_]\w*+)(?!\s*\())?"
)
_MENTION = re.compile(rf"(?<![\w.])(?:{RESULTS}|{AGAINST_BASELINE})\b")


class Look(NamedTuple):
    """A figure that a constraint names, and which part of it; empty when it names the figure as a whole."""

    metric: str
    against: Against | None
    field: str = ""

    def words(self) -> str:
        """Name the figure, for people."""
        return f"{self.metric} against the baseline" if self.against else self.metric


def looks_of(text: str) -> list[Look]:
    """Give what an expression names by itself, each once, in its order."""
    return list(
        dict.fromkeys(
            Look(
                found[2] or found[3] or found[4] or "",
                Against.BASELINE if found[1] == AGAINST_BASELINE else None,
                found[5] or "",
            )
            for found in _LOOK.finditer(text)
        )
    )


def names_all(text: str) -> bool:
    """Say whether every figure that an expression looks at stands in it by name; a macro may make names up."""
    return len(_LOOK.findall(text)) == len(_MENTION.findall(text))


def looks(spec: EvaluationRunSpec) -> Iterator[tuple[int, Look]]:
    """Give what the run's constraints on results look at, with the place of the constraint."""
    for place, text in enumerate((spec.selection.constraints if spec.selection else None) or ()):
        for look in looks_of(text):
            yield place, look


def look_fault(look: Look, spec: EvaluationRunSpec) -> str:
    """Say why a run never has what a constraint looks at; empty when it may have it."""
    return _metric_fault(look, spec) or _field_fault(look)


def _field_fault(look: Look) -> str:
    if not look.field or look.field in FIELDS:
        return ""
    part = _shown(look._replace(metric=f"{look.metric}.{look.field}"))
    has = f"a figure has {', '.join(FIELDS)}, and a part of one is written in brackets, as {part}"
    return f"{_shown(look)} has no {look.field}: {has}"


def _metric_fault(look: Look, spec: EvaluationRunSpec) -> str:
    name, _, part = look.metric.partition(".")
    if part == KAPPA or part.endswith(f".{KAPPA}"):
        return f"{look.metric} says nothing about a candidate: ask for agreement by calibration.minKappa"
    if of_a_level(look.metric):
        return _level_fault(look, spec)
    judges = {each.name for each in (*(spec.judges or ()), *(spec.juries or ()))}
    if name in judges:
        return _judge_fault(look, duels=name in comparing(spec.judges, spec.juries))
    metric = next((each for each in spec.metrics if each.name == name), None)
    latency = metric is not None and metric.type is MetricType.LATENCY
    if look.metric in BUILT_IN or (metric and (part in PARTS.get(metric.type, ()) or not (part or latency))):
        told = f"{AGAINST_BASELINE} looks at answers, and {look.metric} is measured at different times"
        return told if look.against and latency else ""
    return _unknown(look)


def _shown(look: Look) -> str:
    variable = AGAINST_BASELINE if look.against else RESULTS
    return f"{variable}['{look.metric}']" if "." in look.metric else f"{variable}.{look.metric}"


def _unknown(look: Look) -> str:
    is_part = look.field and look.field not in FIELDS
    dotted = f"; a name with a dot is written in brackets, as {RESULTS}['latency.request.p95']" if is_part else ""
    return (
        f"the run has no figure {look.metric}: name one of its metrics, judges or juries, a part of one, or"
        f" {', '.join(BUILT_IN)}{dotted}"
    )


def _level_fault(look: Look, spec: EvaluationRunSpec) -> str:
    if look.against:
        return f"{AGAINST_BASELINE} looks at answers, not at speed: candidates are loaded at different times"
    if spec.performance is None:
        return f"{look.metric} needs performance with that level of concurrency"
    return off_the_ladder(look.metric, spec.performance)


def _judge_fault(look: Look, *, duels: bool) -> str:
    if duels and not look.against:
        name = look.metric.partition(".")[0]
        return f"{name} compares with the baseline: write {_shown(look._replace(against=Against.BASELINE))}"
    if look.against and not duels:
        return f"there is no paired difference of a judge's scores: write {_shown(look._replace(against=None))}"
    return ""
