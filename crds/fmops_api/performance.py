"""How fast candidates are: a ladder of loads on an endpoint that does nothing else, and the names of its figures."""

import re
from typing import Annotated

from pydantic import Field

from fmops_api.meta import AS_SET, Model, Rule

TIMES = ("timeToFirstToken", "betweenTokens", "request")
QUANTILES = ("p50", "p95", "p99")
FIGURES = (
    "throughput.requests",
    "throughput.outputTokens",
    *(f"latency.{time}.{quantile}" for quantile in ("p95", "p50", "p99") for time in TIMES),
)
"""What is measured at each level, in the order of what goes last from a summary that is too long."""
RESERVED, MARGINAL = "cost.reserved", "cost.marginal"
"""What a request costs on accelerators that are paid by the hour: at each level, and at the level that costs least."""
_OF_A_LEVEL = re.compile(r"(throughput\..*|latency\..*|cost\.reserved)\.c[1-9][0-9]*|cost\.marginal")


class Performance(Model):
    """A ladder of loads. The prompts are the examples, again and again, and the template says how long answers are."""

    concurrency: Annotated[
        list[Annotated[int, Field(strict=True, ge=1, le=1024)]], Field(min_length=1, max_length=8)
    ] = Field(description="Requests at once, a level each.", json_schema_extra=AS_SET)
    requests: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=200, description="Requests of a level that are measured."
    )
    warmup: Annotated[int, Field(strict=True, ge=0, le=10_000)] = Field(
        default=20, description="Requests before each level that are not measured."
    )


def of_a_level(metric: str) -> bool:
    """Say whether a figure is one of a level, such as latency.request.p95.c8."""
    return _OF_A_LEVEL.fullmatch(metric) is not None


def off_the_ladder(metric: str, ladder: "Performance | None") -> str:
    """Say that a figure is of a level that nobody measures, or nothing. A rule of a CRD may not afford to look."""
    figure, _, level = metric.rpartition(".c")
    if ladder is None or not of_a_level(metric) or not figure or int(level) in ladder.concurrency:
        return ""
    measured = ", ".join(str(each) for each in sorted(ladder.concurrency))
    return f"{metric} is a figure at {level} requests at once, and performance.concurrency measures {measured}"


_SHAPE = (
    r"^((throughput\.(requests|outputTokens)|latency\.(timeToFirstToken|betweenTokens|request)\.p(50|95|99)|cost\.reserved)"
    r"\.c[0-9]+|cost\.marginal)$"
)


def level_figure(named: str) -> str:
    """Say in CEL that `named.metric` is a figure of a level; to look it up in the ladder costs more than a CRD may."""
    return f"{named}.metric.matches(r'{_SHAPE}')"


PERFORMANCE_RULES = (
    Rule(
        "!has(self.performance) || has(self.template)",
        "performance needs template: what a chain asks depends on earlier answers, so that no load can be kept",
    ),
    Rule(
        "!has(self.performance) || !has(self.execution) || !has(self.execution.budget)",
        "execution.budget does not count what a ladder of loads takes: remove performance, or remove budget",
    ),
    Rule(
        f"!has(self.gates) || has(self.performance) || !self.gates.exists(g, {level_figure('g')})",
        "a gate on speed or cost under load, such as throughput.requests.c8, needs performance with that level",
    ),
    Rule(
        f"!has(self.selection) || has(self.performance) || !self.selection.criteria.exists(c, {level_figure('c')})",
        "a criterion on speed or cost under load, such as throughput.requests.c8, needs performance with that level",
    ),
    Rule(
        f"!has(self.gates) || self.gates.all(g, !has(g.against) || !{level_figure('g')})",
        "a gate against Baseline looks at answers, not at speed: candidates are loaded at different times",
    ),
)
"""Of an EvaluationRun's spec."""
