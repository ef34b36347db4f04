"""TokenF1: how many words answer and reference share, as in SQuAD."""

from collections import Counter
from functools import partial

from fmops_api.metric import Metric
from fmops_api.metrictype import Normalize
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import normalised, words


def token_f1(metric: Metric) -> Scorer:
    """Give the best F1 over the references, or the label where there is none."""
    how = metric.normalize or Normalize.SQUAD
    signature = f"tokenf1|multiset|norm:{how.lower()}|refs:max|v1"
    return Scorer(metric.name, [MeanPart(metric.name, signature, float)], partial(_best, how=how))


def f1(answer: list[str], reference: list[str]) -> float:
    """Give F1 of two lists of words as multisets, as the official SQuAD 2.0 script: nothing equals nothing."""
    if not answer or not reference:
        return float(answer == reference)
    same = (Counter(answer) & Counter(reference)).total()
    if not same:
        return 0.0
    precision, recall = same / len(answer), same / len(reference)
    return 2 * precision * recall / (precision + recall)


def _best(reply: Reply, how: Normalize) -> float | None:
    if not reply.references:
        return None
    answer = _tokens(reply.text, how, reply.language)
    return max(f1(answer, _tokens(reference, how, reply.language)) for reference in reply.references)


def _tokens(text: str, how: Normalize, language: str | None) -> list[str]:
    """Cut at white space as SQuAD does; Multilingual also cuts scripts without spaces into characters, as MLQA does."""
    text = normalised(text, how, language)
    return words(text) if how is Normalize.MULTILINGUAL else text.split()
