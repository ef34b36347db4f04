"""Feeding answers to a scorer, as scoring does, and taking its figures."""

from collections.abc import Iterable
from typing import Any

from fmops_api.metric import Metric
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.metrics import scorer_of
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer


def reply(text: str | None, *references: str, language: str | None = None, **more: Any) -> Reply | None:
    """One answer to an example with these references; None when none came."""
    example = Example(id="a", references=list(references) or None, label=more.pop("label", None))
    return None if text is None else Reply(example, text, language, **more)


def figures(metric: Metric, replies: Iterable[Reply | None], labels: Iterable[str] = ()) -> dict[str, Figure]:
    """Score answers, each of an example of its own, and give the figures by name."""
    return measured(scorer_of(metric, frozenset(labels)), replies)


def measured(scorer: Scorer, replies: Iterable[Reply | None]) -> dict[str, Figure]:
    """Give the figures of a scorer by name."""
    sample, asked = Sample(), 0
    for each in replies:
        asked += 1
        seen = None if each is None else scorer.observe(each)
        if seen is not None:
            sample.add(str(asked), None, seen)
    return {figure.name: figure for part in scorer.parts for figure in figures_of(part, sample, asked)}


def metric(kind: str, **fields: Any) -> Metric:
    """A metric of the name m, with fields as a manifest has them."""
    return Metric.model_validate({"name": "m", "type": kind, **fields})


def value(kind: str, *replies: Reply | None, **fields: Any) -> float | None:
    """Give the metric's own figure."""
    return figures(metric(kind, **fields), replies)["m"].value
