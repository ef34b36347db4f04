"""The plots of the ladder of loads: how slow candidates get, or what they cost, as they do more work."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from fmops_serving.results.charts import WIDTH, shade
from fmops_serving.results.reading import CandidateResults, RunResults
from fmops_serving.results.svg import Box, drawing, element, horizontal_axis, linear, path, ticks, vertical_axis

_WORK = {"throughput.outputTokens": "tokens a second", "throughput.requests": "requests a second"}
"""What is drawn along, the first that is known of every level."""
_PLOTS = {
    "latency.timeToFirstToken.p95": "time to first token, 95th percentile, seconds",
    "latency.request.p95": "whole answer, 95th percentile, seconds",
    "cost.reserved": "cost of a request",
}


class Point(NamedTuple):
    """One level of one candidate."""

    level: int
    work: float
    value: float


def load_charts(run: RunResults) -> Iterator[Markup]:
    """Draw latency and cost over throughput, for those candidates that were put under load."""
    works = [work for work in _WORK if _known_everywhere(run, work)]
    for figure, title in _PLOTS.items() if works else ():
        lines = [(each, points) for each in run.loaded if (points := _points(run, each, works[0], figure))]
        if lines:
            yield _chart(lines, works[0], title)


def _chart(lines: Sequence[tuple[CandidateResults, list[Point]]], work: str, title: str) -> Markup:
    points = [point for _, found in lines for point in found]
    box = Box(46, 34, WIDTH - 16, 230)
    across = ticks(0.0, max(point.work for point in points))
    up = ticks(0.0, max(point.value for point in points))
    x, y = linear(0.0, across[-1], box.left, box.right), linear(0.0, up[-1], box.bottom, box.top)
    parts = [*horizontal_axis(box, x, across, _WORK[work]), *vertical_axis(box, y, up, title)]
    for candidate, found in lines:
        line = path((x(point.work), y(point.value)) for point in found)
        parts.append(element("path", d=line, class_=shade(candidate.number)))
        for point in found:
            said = f"{candidate.name}, {point.level} at once: {point.value:.3g} at {point.work:.3g} {_WORK[work]}"
            at = {"cx": x(point.work), "cy": y(point.value)}
            parts.append(element("circle", element("title", said), **at, r=4, class_="dot"))
            parts.append(element("text", str(point.level), x=at["cx"], y=at["cy"] - 8, class_="tick middle"))
    told = "; ".join(
        f"{candidate.name}: " + ", ".join(f"{point.value:.3g} with {point.level} at once" for point in found)
        for candidate, found in lines
    )
    return drawing(WIDTH, 272, f"{title}, over {_WORK[work]}", told, parts)


def _points(run: RunResults, candidate: CandidateResults, work: str, figure: str) -> list[Point]:
    found = []
    for level in _levels(run):
        done, value = (candidate.under_load(f"{name}.c{level}") for name in (work, figure))
        if done is not None and value is not None:
            found.append(Point(level, done, value))
    return found


def _known_everywhere(run: RunResults, work: str) -> bool:
    levels = _levels(run)
    return bool(levels and run.loaded) and all(
        each.under_load(f"{work}.c{level}") is not None for each in run.loaded for level in levels
    )


def _levels(run: RunResults) -> list[int]:
    return sorted(run.plan.performance.concurrency) if run.plan.performance else []
