"""The plots of a report. Their width is that of a telephone; the page sets them side by side."""

from markupsafe import Markup

from fmops_api.evaluationrunstatus import Result
from fmops_serving.results.findings import Curve
from fmops_serving.results.pareto import Point, front
from fmops_serving.results.reading import RunResults
from fmops_serving.results.svg import Box, Scale, drawing, element, horizontal_axis, linear, path, ticks, vertical_axis

WIDTH = 340
_SHADES = 8
"""Colours of lines that the page knows; after them dashes come, then both begin again."""
_LAST = 99
"""Percentile that a latency curve ends with: one stalled answer would press all lines against the axis."""


def interval_chart(run: RunResults, metric: str, unit: str) -> Markup | None:
    """Draw one figure of all candidates with its interval; None when nobody has it."""
    found = [(candidate.number, result) for candidate in run.measured if (result := candidate.result(metric))]
    rows = [(number, result) for number, result in found if result.value is not None]
    if not rows:
        return None
    ends = [float(end) for _, result in rows for end in (result.low, result.value, result.high) if end is not None]
    marks = ticks(min(ends), max(ends))
    box = Box(34, 8, WIDTH - 16, 8 + 26 * len(rows))
    scale = linear(marks[0], marks[-1], box.left, box.right)
    parts = horizontal_axis(box, scale, marks, f"{metric}, {unit}")
    for place, (number, result) in enumerate(rows):
        parts += _whisker(number, result, box.top + 26 * place + 13, box, scale)
    told = "; ".join(f"{result.model} {result.value} [{result.low}, {result.high}]" for _, result in rows)
    return drawing(WIDTH, int(box.bottom) + 42, f"{metric} with its 95 % intervals", told, parts)


def _whisker(number: int, result: Result, y: float, box: Box, place: Scale) -> list[Markup]:
    low = place(float(result.low)) if result.low is not None else box.left
    high = place(float(result.high)) if result.high is not None else box.right
    said = f"{result.model}: {result.value} [{result.low or '-∞'}, {result.high or '∞'}]"
    parts = [
        element("line", x1=low, x2=high, y1=y, y2=y, class_="whisker"),
        *(element("line", x1=x, x2=x, y1=y - 5, y2=y + 5, class_="whisker")
          for x, end in ((low, result.low), (high, result.high)) if end is not None),
        element("circle", element("title", said), cx=place(float(result.value or 0)), cy=y, r=5, class_="dot"),
    ]  # fmt: skip
    return [badge(number, box.left - 18, y), *parts]


def badge(number: int, x: float, y: float, name: str = "badge") -> Markup:
    """Draw a candidate's number in a circle."""
    return element("circle", cx=x, cy=y, r=9, class_=name) + element(
        "text", str(number), x=x, y=y + 4, class_=f"middle {name}-text"
    )


def points_of(run: RunResults) -> list[Point]:
    """Give the candidates that have both a time and a quality."""
    found = []
    for candidate in run.measured:
        quality = candidate.result(run.quality) if run.quality else None
        time = candidate.result(run.latency) if run.latency else None
        if quality is None or quality.value is None or time is None or time.value is None:
            continue
        seconds, good = float(time.value), float(quality.value)
        found.append(
            Point(candidate.name, candidate.number, seconds, good, float(time.low or seconds),
                  float(time.high or seconds), float(quality.low or good), float(quality.high or good))
        )  # fmt: skip
    return found


def pareto_chart(run: RunResults) -> Markup | None:
    """Draw quality against time; None when no candidate has both."""
    points = points_of(run)
    if not points:
        return None
    box = Box(46, 34, WIDTH - 16, 260)
    across = ticks(min(p.fast for p in points), max(p.slow for p in points))
    up = ticks(min(p.worse for p in points), max(p.better for p in points))
    x, y = linear(across[0], across[-1], box.left, box.right), linear(up[0], up[-1], box.bottom, box.top)
    best = front(points)
    parts = [
        *horizontal_axis(box, x, across, f"{run.latency}, seconds (lower is better)"),
        *vertical_axis(box, y, up, f"{run.quality} (higher is better)"),
        element("path", d=path((x(p.seconds), y(p.quality)) for p in best), class_="front"),
    ]
    for point in points:
        parts.append(element("line", x1=x(point.fast), x2=x(point.slow), y1=y(point.quality), y2=y(point.quality),
                             class_="whisker"))  # fmt: skip
        parts.append(element("line", x1=x(point.seconds), x2=x(point.seconds), y1=y(point.worse), y2=y(point.better),
                             class_="whisker"))  # fmt: skip
    parts += [badge(p.number, x(p.seconds), y(p.quality), "badge" if p in best else "beaten") for p in points]
    told = f"Beaten by nobody in both: {', '.join(point.name for point in best)}"
    return drawing(WIDTH, 302, f"{run.quality} against {run.latency}", told, parts)


def latency_chart(run: RunResults, part: str, title: str) -> Markup | None:
    """Draw which share of the answers came within which time; None when no time is known."""
    curves = [(candidate.number, candidate.name, curve) for candidate in run.measured if candidate.findings
              for curve in candidate.findings.curves if curve.part == part and curve.seconds]  # fmt: skip
    if not curves:
        return None
    box = Box(46, 34, WIDTH - 16, 230)
    across = ticks(0.0, max(curve.seconds[_LAST] for *_, curve in curves))
    x, y = linear(0.0, across[-1], box.left, box.right), linear(0, 100, box.bottom, box.top)
    parts = [
        *horizontal_axis(box, x, across, f"{title}, seconds"),
        *vertical_axis(box, y, [0, 25, 50, 75, 100], "answers within that time, %"),
    ]
    for number, name, curve in curves:
        said = f"{name}: median {curve.seconds[50]:.3g} s, 95 % within {curve.seconds[95]:.3g} s"
        line = path((x(seconds), y(percent)) for percent, seconds in enumerate(curve.seconds[: _LAST + 1]))
        parts.append(element("path", element("title", said), d=line, class_=shade(number)))
    told = "; ".join(f"{name}: median {_median(curve)} s" for _, name, curve in curves)
    return drawing(WIDTH, 272, title, told, parts)


def shade(number: int) -> str:
    """Name the style of a candidate's line."""
    return f"line shade{(number - 1) % _SHADES} dash{(number - 1) // _SHADES % 3}"


def _median(curve: Curve) -> str:
    return f"{curve.seconds[50]:.3g}"
