"""Feeding answers to a scorer, as scoring does, and taking its figures."""

from collections.abc import Iterable

from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.part import Scorer
from fmops_serving.evaluate.score.sample import Sample


def measured(scorer: Scorer, answers: Iterable[tuple[Example, str | None]]) -> dict[str, Figure]:
    """Give the figures by name; an answer that is None never came."""
    sample, asked = Sample(), 0
    for example, output in answers:
        asked += 1
        seen = None if output is None else scorer.observe(example, output)
        if seen is not None:
            sample.add(example.id, example.cluster, seen)
    return {figure.name: figure for part in scorer.parts for figure in figures_of(part, sample, asked)}
