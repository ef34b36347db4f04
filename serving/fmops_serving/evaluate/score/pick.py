"""Which scorer a metric asks for."""

from collections.abc import Callable
from typing import Any

from fmops_api.metric import Metric, spelled_out
from fmops_api.metrictype import MetricType
from fmops_serving.evaluate.score.classification import classification
from fmops_serving.evaluate.score.exactmatch import exact_match
from fmops_serving.evaluate.score.latency import latency
from fmops_serving.evaluate.score.length import length
from fmops_serving.evaluate.score.numeric import numeric
from fmops_serving.evaluate.score.pattern import regex_match
from fmops_serving.evaluate.score.refusal import refusal
from fmops_serving.evaluate.score.rouge import rouge
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.tokenf1 import token_f1

_LIGHT: dict[MetricType, Callable[[Metric], Scorer[Any]]] = {
    MetricType.EXACT_MATCH: exact_match,
    MetricType.LENGTH: length,
    MetricType.NUMERIC: numeric,
    MetricType.REFUSAL: refusal,
    MetricType.REGEX: regex_match,
    MetricType.ROUGE: rouge,
    MetricType.TOKEN_F1: token_f1,
}


def scorer_for(metric: Metric, labels: frozenset[str], in_flight: int) -> Scorer[Any]:
    """Give the scorer of a metric without faults (metricfaults); `labels` are the classes, `in_flight` requests."""
    metric = spelled_out(metric)
    if metric.type is MetricType.CLASSIFICATION:
        return classification(metric, labels)
    if metric.type is MetricType.LATENCY:
        return latency(metric, in_flight)
    return (_LIGHT.get(metric.type) or _heavy(metric.type))(metric)


def _heavy(metric_type: MetricType) -> Callable[[Metric], Scorer[Any]]:
    """Load what takes a while to load only when it is asked for: a run's first request does not wait for it."""
    if metric_type is MetricType.JSON_SCHEMA:
        from fmops_serving.evaluate.score.jsonschema import json_schema  # noqa: PLC0415

        return json_schema
    if metric_type is MetricType.WORD_ERROR_RATE:
        from fmops_serving.evaluate.score.worderrors import word_error_rate  # noqa: PLC0415

        return word_error_rate
    from fmops_serving.evaluate.score.bleu import bleu  # noqa: PLC0415
    from fmops_serving.evaluate.score.chrf import chrf  # noqa: PLC0415

    return bleu if metric_type is MetricType.BLEU else chrf
