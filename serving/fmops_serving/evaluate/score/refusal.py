"""Refusal: the share of answers that decline to answer."""

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.refusalrules import BEGINNING, COMPILED
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.share import Share
from fmops_serving.evaluate.score.words import folded


def refusal(metric: Metric) -> Scorer[bool]:
    """Look for a refusal in every known language, since a model may refuse in another one than it was asked in."""
    signature = f"refusal|rules:1|langs:{'+'.join(sorted(COMPILED))}|v1"
    return Scorer(metric.name, _refuses, lambda: Share(metric.name, signature))


def is_refusal(text: str) -> bool:
    """Say whether an answer begins with a refusal, by the rules of refusalrules."""
    beginning = " ".join(folded(text[: 4 * BEGINNING]).replace("’", "'").split())[:BEGINNING]
    return any(pattern.search(beginning) for pattern in COMPILED.values())


def _refuses(sample: Sample) -> bool | None:
    return None if sample.text is None else is_refusal(sample.text)
