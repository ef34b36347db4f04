"""Drawing: axes, scales and elements of an inline SVG. Every text is escaped; colours come from the page's style."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

Scale = Callable[[float], float]
"""From a value to a place on the drawing."""


class Box(NamedTuple):
    """Where the data are drawn, in the drawing's own units, which are CSS pixels on a telephone."""

    left: float
    top: float
    right: float
    bottom: float


def element(name: str, content: object = "", /, **attributes: object) -> Markup:
    """Write an element; `_` in an attribute's name stands for `-`, and a trailing one is dropped."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _short(value)) for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(escape(name), said, escape(content))


def drawing(width: int, height: int, title: str, description: str, parts: Iterable[Markup]) -> Markup:
    """Write a whole drawing that scales with its place, with words for whoever does not see it."""
    words = element("title", title) + element("desc", description)
    box = f"0 0 {width} {height}"
    return element("svg", words + Markup("").join(parts), viewBox=box, role="img", aria_label=f"{title}. {description}")


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Map low to start and high to end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Give round numbers that cover low to high: 1, 2 or 5 times a power of ten apart."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * wanted >= span * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def number(value: float) -> str:
    """Write a number of an axis."""
    return f"{value:.10g}"


def horizontal_axis(box: Box, scale: Scale, marks: Sequence[float], title: str) -> list[Markup]:
    """Draw grid lines, numbers below and what they mean."""
    parts = []
    for mark in marks:
        x = scale(mark)
        parts.append(element("line", x1=x, x2=x, y1=box.top, y2=box.bottom, class_="grid"))
        parts.append(element("text", number(mark), x=x, y=box.bottom + 16, class_="tick middle"))
    middle = (box.left + box.right) / 2
    return [*parts, element("text", title, x=middle, y=box.bottom + 34, class_="axis middle")]


def vertical_axis(box: Box, scale: Scale, marks: Sequence[float], title: str) -> list[Markup]:
    """Draw grid lines, numbers at the left and what they mean above."""
    parts = []
    for mark in marks:
        y = scale(mark)
        parts.append(element("line", x1=box.left, x2=box.right, y1=y, y2=y, class_="grid"))
        parts.append(element("text", number(mark), x=box.left - 6, y=y + 4, class_="tick end"))
    return [*parts, element("text", title, x=2, y=box.top - 10, class_="axis")]


def path(points: Iterable[tuple[float, float]]) -> str:
    """Write a line through points."""
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _short(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
