"""Length: how long answers are, in a unit that the metric names."""

from functools import partial
from unicodedata import normalize

from fmops_api.metric import Metric
from fmops_api.metrictype import LengthUnit
from fmops_serving.evaluate.score.part import MeanPart, Part, QuantilePart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import words

_QUANTILES = {"p50": 0.5, "p95": 0.95}


def length(metric: Metric) -> Scorer:
    """Give an answer's length. Tokens are the endpoint's count; where it gives none, the example is unscored."""
    unit = metric.unit or LengthUnit.WORDS
    how = f"length|{unit.lower()}|v1"
    quantiles = [QuantilePart(f"{metric.name}.{word}", how, float, share) for word, share in _QUANTILES.items()]
    parts: list[Part] = [MeanPart(metric.name, how, float, share=False, least=0.0), *quantiles]
    return Scorer(metric.name, parts, partial(_length, unit=unit), compares=False)


def _length(reply: Reply, unit: LengthUnit) -> int | None:
    if unit is LengthUnit.TOKENS:
        return reply.output_tokens
    return len(words(reply.text)) if unit is LengthUnit.WORDS else len(normalize("NFC", reply.text))
