"""WordErrorRate: words to change, add and drop until the answer is the reference, per word of the references."""

from collections.abc import Sequence
from functools import partial

from rapidfuzz.distance import Levenshtein

from fmops_api.metric import Metric
from fmops_api.metrictype import Normalize
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import SumPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import normalised

Counts = tuple[int, int]
"""Errors, and words of the reference."""


def word_error_rate(metric: Metric) -> Scorer:
    """Compare with the reference that makes the fewest errors per word, or with the label where there is none."""
    how = metric.normalize or Normalize.NONE
    signature = f"wer|corpus|words:whitespace|norm:{how.lower()}|refs:best|v1"
    part = SumPart(metric.name, signature, _value, 1.0)
    return Scorer(metric.name, [part], partial(_fewest, how=how), lambda seen: Grade(_value(seen)))


def _fewest(reply: Reply, how: Normalize) -> Counts | None:
    """Give the counts with the best reference; a reference without a word has no rate, so it is passed over."""
    answer = normalised(reply.text, how, reply.language).split()
    wanted = (normalised(reference, how, reply.language).split() for reference in reply.references)
    found = [(int(Levenshtein.distance(answer, words)), len(words)) for words in wanted if words]
    return min(found, key=lambda counts: (counts[0] / counts[1], counts[0]), default=None)


def _value(sums: Sequence[int]) -> float:
    return sums[0] / sums[1]
