"""Refusal: the share of answers that decline to answer."""

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.refusalrules import BEGINNING, COMPILED
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import folded


def refusal(metric: Metric) -> Scorer:
    """Look for a refusal in every known language, since a model may refuse in another one than it was asked in."""
    signature = f"refusal|rules:1|langs:{'+'.join(sorted(COMPILED))}|v1"
    return Scorer(metric.name, [MeanPart(metric.name, signature, float)], _refuses)


def is_refusal(text: str) -> bool:
    """Say whether an answer begins with a refusal, by the rules of refusalrules."""
    beginning = " ".join(folded(text[: 4 * BEGINNING]).replace("’", "'").split())[:BEGINNING]
    return any(pattern.search(beginning) for pattern in COMPILED.values())


def _refuses(reply: Reply) -> float:
    return float(is_refusal(reply.text))
