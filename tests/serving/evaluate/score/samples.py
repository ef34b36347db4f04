"""Samples and figures for the metrics' tests."""

from collections.abc import Iterable
from typing import Any

from fmops_api.metric import Metric
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.pick import scorer_for
from fmops_serving.evaluate.score.sample import Sample


def sample(text: str | None, *references: str, language: str | None = None, **more: Any) -> Sample:
    """One answer to an example with these references."""
    example = Example(id="a", references=list(references) or None, label=more.pop("label", None))
    return Sample(example, text, language, **more)


def figures(metric: Metric, samples: Iterable[Sample], labels: Iterable[str] = ()) -> dict[str, Figure]:
    """Score samples, and give the figures by name."""
    scorer = scorer_for(metric, frozenset(labels), 4)
    tally = scorer.tally()
    for each in samples:
        tally.add(scorer.measure(each))
    return {figure.name: figure for figure in tally.figures()}


def metric(kind: str, **fields: Any) -> Metric:
    """A metric of the name m, with fields as a manifest has them."""
    return Metric.model_validate({"name": "m", "type": kind, **fields})


def value(kind: str, *samples: Sample, **fields: Any) -> float | None:
    """Give the metric's own figure."""
    return figures(metric(kind, **fields), samples)["m"].value
