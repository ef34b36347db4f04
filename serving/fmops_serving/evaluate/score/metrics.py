"""Which scorer measures which type of metric, and the figures that every run has."""

from collections.abc import Sequence

from fmops_api.metric import Metric, MetricType
from fmops_serving.evaluate.score.classification import Classification
from fmops_serving.evaluate.score.exactmatch import ExactMatch
from fmops_serving.evaluate.score.part import MeanPart, Scorer

BUILT_IN = (MeanPart("coverage", "coverage", float), MeanPart("errors", "errors", float))
"""Answers that every metric could score, and answers that never came; each of all that were wanted."""


def scorers(metrics: Sequence[Metric], labels: frozenset[str]) -> list[Scorer]:
    """Make what compares answers with examples, in the order of the metrics; `labels` are all classes."""
    found: list[Scorer] = []
    for metric in metrics:
        match metric.type:
            case MetricType.EXACT_MATCH:
                found.append(ExactMatch(metric))
            case MetricType.CLASSIFICATION:
                found.append(Classification(metric, labels))
            case MetricType.LATENCY:
                pass  # It looks at times, not at answers.
    return found
