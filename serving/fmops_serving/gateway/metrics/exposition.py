"""The page of all series, in Prometheus' text format or in OpenMetrics, which alone carries exemplars."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from fmops_serving.gateway.metrics.cells import Distribution, Exemplar, Family, Labels, Number

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

AnyFamily = Family[Number] | Family[Distribution]


def page(families: Iterable[AnyFamily], accept: str = "") -> tuple[bytes, str]:
    """Write the page, and name its type: OpenMetrics for whoever takes it."""
    open_metrics = "application/openmetrics-text" in accept
    lines = [line for family in families for line in _family(family, open_metrics)]
    if open_metrics:
        lines.append("# EOF")
    lines.append("")
    return "\n".join(lines).encode(), OPEN_METRICS if open_metrics else TEXT


def _family(family: AnyFamily, open_metrics: bool) -> Iterator[str]:
    series = family.series
    # OpenMetrics names a counter without the suffix of its samples.
    name = series.name.removesuffix("_total") if open_metrics else series.name
    yield f"# HELP {name} {series.help.translate(_ESCAPES) if open_metrics else series.help}"
    yield f"# TYPE {name} {series.type}"
    for labels, cell in family.cells.items():
        written = _labels(series.labels, labels)
        if isinstance(cell, Distribution):
            yield from _distribution(series.name, written, cell, open_metrics)
        else:
            yield f"{series.name}{{{written}}} {cell.value}" if written else f"{series.name} {cell.value}"


def _labels(names: Labels, values: Labels) -> str:
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in zip(names, values, strict=True))


def _distribution(name: str, labels: str, cell: Distribution, open_metrics: bool) -> Iterator[str]:
    head = f"{name}_bucket{{{labels}," if labels else f"{name}_bucket{{"
    examples = cell.examples if open_metrics else {}
    for place, (bound, count) in enumerate(zip(_written(cell.bounds), accumulate(cell.buckets.counts), strict=True)):
        example = examples.get(place)
        yield f'{head}le="{bound}"}} {count}{_example(example) if example else ""}'
    tail = f"{{{labels}}}" if labels else ""
    yield f"{name}_sum{tail} {cell.buckets.sum!r}"
    yield f"{name}_count{tail} {count}"


_BOUNDS: dict[tuple[float, ...], tuple[str, ...]] = {}


def _written(bounds: tuple[float, ...]) -> tuple[str, ...]:
    """Write bounds as Prometheus stores them, 5.0 and not 5."""
    if bounds not in _BOUNDS:
        _BOUNDS[bounds] = (*(repr(float(bound)) for bound in bounds), "+Inf")
    return _BOUNDS[bounds]


def _example(example: Exemplar) -> str:
    return f' # {{trace_id="{example.trace}",span_id="{example.span}"}} {example.value!r} {example.at:.3f}'
