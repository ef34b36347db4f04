"""The reports of a run as text: a web page that needs nothing else, and Markdown."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from fmops_api.evaluationrunstatus import EvaluationRunStatus, Result, SliceResult
from fmops_api.gates import observed
from fmops_api.metricscale import HIGHER_IS_BETTER
from fmops_api.metrictype import LengthUnit, MetricType
from fmops_api.reasons import ConditionType
from fmops_serving.results.charts import interval_chart, latency_chart, pareto_chart, shade
from fmops_serving.results.loads import load_charts
from fmops_serving.results.matrix import Matrix, matrix, most_confused
from fmops_serving.results.reading import CandidateResults, RunResults

_CURVES = {"request": "whole answer", "timeToFirstToken": "time to first token"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&])")


def page(run: RunResults) -> str:
    """Write report.html: no script, no request to anywhere, every text escaped."""
    environment = _environment()
    source, *_ = environment.loader.get_source(environment, "report.css") if environment.loader else ("",)
    return environment.get_template("report.html").render(
        **_shared(run),
        style=Markup(source),  # noqa: S704 - our own file
        intervals=[
            chart for name in headlines(run) if (chart := interval_chart(run, name, _unit(run, name))) is not None
        ],
        pareto=pareto_chart(run),
        latencies=[chart for part, title in _CURVES.items() if (chart := latency_chart(run, part, title)) is not None],
        loads=list(load_charts(run)),
        confusions=_confusions(run),
    )


def markdown(run: RunResults) -> str:
    """Write report.md: figures, gates and what was left out; no prompts, no answers."""
    return _environment().get_template("report.md").render(**_shared(run))


def status_markdown(name: str, status: EvaluationRunStatus, open_questions: Sequence[str]) -> str:
    """Write what the status of a run knows."""
    template = _environment().get_template("status.md")
    return template.render(name=name, status=status, open_questions=open_questions)


def headlines(run: RunResults) -> list[str]:
    """Name the figures that stand in the leaderboard."""
    return [*run.qualities, "coverage", *([run.latency] if run.latency else [])]


def ranked(run: RunResults) -> list[CandidateResults]:
    """Order by the first figure of which more is better, highest first; without one, as planned."""
    quality = run.quality
    if quality is None:
        return run.measured
    return sorted(run.measured, key=lambda c: (-_value(c, quality), c.number))


def sliced(run: RunResults) -> list[tuple[str, str, list[SliceResult | None]]]:
    """Give each slice and figure with what every measured candidate has there."""
    found = {
        (result.slice, result.metric, candidate.name): result
        for candidate in run.measured
        if candidate.summary
        for result in candidate.summary.slices
    }
    rows = dict.fromkeys((name, metric) for name, metric, _ in found)
    return [
        (name, metric, [found.get((name, metric, candidate.name)) for candidate in run.measured])
        for name, metric in rows
    ]


def troubles(run: RunResults) -> list[str]:
    """Give the sentences that say why something was not measured."""
    wanted = str(ConditionType.COMPLETE)
    return [c.message for c in run.status.conditions if c.type == wanted and c.status != "True" and c.message]


def interval(result: Result) -> str:
    """Write the ends alone."""
    return observed(result).partition(" ")[2]


def _shared(run: RunResults) -> Mapping[str, Any]:
    order = run.quality if run.quality and len(run.measured) > 1 else ""
    return {
        "run": run,
        "headlines": headlines(run),
        "ranked": ranked(run),
        "order": order,
        "slices": sliced(run),
        "troubles": troubles(run),
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fmops_serving.results"), autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(
        interval=interval, figure=observed, shade=shade, md=_plain, decimal=lambda score: f"{score:.4g}"
    )
    return environment


def _unit(run: RunResults, name: str) -> str:
    """Say what a figure is counted in, and which way is better where that is certain."""
    if name == run.latency:
        return "seconds"
    if name == "coverage":
        return "higher is better"
    metric = next(metric for metric in run.plan.metrics if metric.name == name)
    if metric.type is MetricType.LENGTH:
        return (metric.unit or LengthUnit.WORDS).lower()
    if metric.type in (MetricType.WORD_ERROR_RATE, MetricType.TOXICITY):
        return "lower is better"
    return "higher is better" if metric.type in HIGHER_IS_BETTER else "share of answers"


def _value(candidate: CandidateResults, metric: str) -> float:
    result = candidate.result(metric)
    return float(result.value) if result and result.value is not None else float("-inf")


def _confusions(run: RunResults) -> Sequence[tuple[str, str, Matrix | None, list[tuple[str, str, int]]]]:
    return [
        (candidate.name, confusion.metric, matrix(confusion), most_confused(confusion))
        for candidate in run.measured
        if candidate.findings
        for confusion in candidate.findings.confusions
        if confusion.cells
    ]


def _plain(text: str) -> str:
    """Write text so that Markdown takes none of it for markup, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
