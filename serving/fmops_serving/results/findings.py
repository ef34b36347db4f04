"""What a report says of one candidate beside its figures: confusions, latency, worst answers, causes of silence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from fmops_api.meta import Observed
from fmops_serving.evaluate.intervals import Ordered

MOST_WORST = 10
MOST_CELLS = 2500
MOST_CAUSES = 20
LONGEST_TEXT = 2000
"""Characters of a prompt or an answer in a report; the rows have it all."""


class Cell(Observed):
    """How often a class was answered as another, or as none."""

    label: str
    answered: str | None = Field(default=None, description="None: the answer names no class.")
    count: int


class Confusion(Observed):
    """Right class against answered class, for one Classification metric."""

    metric: str
    cells: list[Cell] = Field(default_factory=list)
    omitted: int = Field(default=0, description="Answers in cells that are left out, the rarest ones.")


class Curve(Observed):
    """Quantiles of a time, in seconds: the smallest, the 1st to 99th percentile, the largest."""

    part: str = Field(description="timeToFirstToken or request.")
    n: int
    seconds: list[float] = Field(default_factory=list, description="101 values, or none.")


class Worst(Observed):
    """An answer with a low score, and what would have been right."""

    example: str
    repeat: int = 0
    scores: dict[str, float] = Field(default_factory=dict)
    label: str | None = None
    references: list[str] = Field(default_factory=list)
    messages: list[dict[str, str]] = Field(default_factory=list)
    output: str = ""


class Cause(Observed):
    """Why answers did not come."""

    error: str
    count: int


class Findings(Observed):
    """What a report says of one candidate beside its figures."""

    model: str
    confusions: list[Confusion] = Field(default_factory=list)
    curves: list[Curve] = Field(default_factory=list)
    worst: list[Worst] = Field(default_factory=list, description="Lowest mean score first, never one without a miss.")
    causes: list[Cause] = Field(default_factory=list, description="Most frequent first.")
    unscored: dict[str, int] = Field(default_factory=dict, description="Answers that a metric could not score.")


def shortened(text: str) -> str:
    """Cut a text for a report."""
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"


def confusion(metric: str, cells: Mapping[tuple[str, str | None], int]) -> Confusion:
    """Keep the most frequent cells, in the order of their labels."""
    frequent = sorted(cells.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))[:MOST_CELLS]
    kept = sorted(frequent, key=lambda item: (item[0][0], item[0][1] is None, item[0][1] or ""))
    return Confusion(
        metric=metric,
        cells=[Cell(label=label, answered=said, count=count) for (label, said), count in kept],
        omitted=sum(cells.values()) - sum(count for _, count in kept),
    )


def curve(part: str, microseconds: Ordered) -> Curve:
    """Take the quantiles as observed values: the smallest that the share of all values does not exceed."""
    last = len(microseconds)
    ranks = [max(0, -(-percent * last // 100) - 1) for percent in range(101)] if last else []
    return Curve(part=part, n=last, seconds=[microseconds[rank] / 1e6 for rank in ranks])


def causes(errors: Counter[str]) -> list[Cause]:
    """Name the most frequent causes, and count the rest as one."""
    named = sorted(errors.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in named[MOST_CAUSES:])
    found = [Cause(error=shortened(error), count=count) for error, count in named[:MOST_CAUSES]]
    return [*found, *([Cause(error="other causes", count=rest)] if rest else [])]


def plain_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Give role and text of a prompt, shortened."""
    return [{"role": str(each["role"]), "content": shortened(str(each["content"]))} for each in messages]
