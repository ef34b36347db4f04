"""Which scorer measures which type of metric, and the figures that every run has."""

from collections.abc import Callable, Mapping, Sequence

from fmops_api.metric import Metric, spelled_out
from fmops_api.metrictype import MetricType
from fmops_serving.evaluate.embed.vectors import Vectors
from fmops_serving.evaluate.score.classification import classification
from fmops_serving.evaluate.score.cosine import cosine
from fmops_serving.evaluate.score.exactmatch import exact_match
from fmops_serving.evaluate.score.length import length
from fmops_serving.evaluate.score.numeric import numeric
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.pattern import regex_match
from fmops_serving.evaluate.score.refusal import refusal
from fmops_serving.evaluate.score.rouge import rouge
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.tokenf1 import token_f1

BUILT_IN = tuple(MeanPart(name, name, float) for name in ("coverage", "errors", "truncated"))
"""Answers that every metric could score and answers that never came, each of all that were wanted; and answers that the
limit on tokens cut off, of those that came."""

_OF_REQUESTS = (MetricType.LATENCY, MetricType.COST)
_LIGHT: dict[MetricType, Callable[[Metric], Scorer]] = {
    MetricType.EXACT_MATCH: exact_match,
    MetricType.LENGTH: length,
    MetricType.NUMERIC: numeric,
    MetricType.REFUSAL: refusal,
    MetricType.REGEX: regex_match,
    MetricType.ROUGE: rouge,
    MetricType.TOKEN_F1: token_f1,
}


_NO_VECTORS: Mapping[str, Vectors] = {}


def scorers(
    metrics: Sequence[Metric], labels: frozenset[str], vectors: Mapping[str, Vectors] = _NO_VECTORS
) -> list[Scorer]:
    """Make what looks at answers, in the order of the metrics, which have no faults; `labels` are all classes.

    `vectors` are what embedders made of the texts, by embedder.

    Latency and Cost are left out: they look at times and prices.
    """
    return [scorer_of(metric, labels, vectors) for metric in metrics if metric.type not in _OF_REQUESTS]


def scorer_of(
    metric: Metric, labels: frozenset[str] = frozenset(), vectors: Mapping[str, Vectors] = _NO_VECTORS
) -> Scorer:
    """Make the scorer of a metric that looks at answers and has no faults (metricfaults)."""
    metric = spelled_out(metric)
    if metric.type is MetricType.CLASSIFICATION:
        return classification(metric, labels)
    if metric.type is MetricType.COSINE:
        return cosine(metric, vectors)
    return (_LIGHT.get(metric.type) or _heavy(metric.type))(metric)


def _heavy(metric_type: MetricType) -> Callable[[Metric], Scorer]:
    """Load what takes a while to load only when it is asked for: a run's first request does not wait for it."""
    if metric_type is MetricType.JSON_SCHEMA:
        from fmops_serving.evaluate.score.jsonschema import json_schema  # noqa: PLC0415

        return json_schema
    if metric_type is MetricType.WORD_ERROR_RATE:
        from fmops_serving.evaluate.score.worderrors import word_error_rate  # noqa: PLC0415

        return word_error_rate
    if metric_type is MetricType.TOXICITY:
        from fmops_serving.evaluate.score.toxic import toxic  # noqa: PLC0415

        return toxic
    from fmops_serving.evaluate.score.bleu import bleu  # noqa: PLC0415
    from fmops_serving.evaluate.score.chrf import chrf  # noqa: PLC0415

    return bleu if metric_type is MetricType.BLEU else chrf
