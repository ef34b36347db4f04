"""Bleu of the whole corpus, by sacrebleu (Papineni et al. 2002; Post 2018)."""

from collections.abc import Sequence
from functools import partial

from sacrebleu.metrics.bleu import BLEU

from fmops_api.metric import Metric
from fmops_api.metrictype import BleuTokenizer
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import SumPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.signature import sacrebleu_signature

_ORDER = 4


def bleu(metric: Metric) -> Scorer:
    """Count the n-grams that an answer shares with its references, or with the label where there is none."""
    tokenizer = (metric.tokenizer or BleuTokenizer.MTEVAL_13A).lower()
    # Of single sentences only the counts are taken, and effective_order is off where they are put together.
    counting = BLEU(tokenize=tokenizer, effective_order=True)
    part = SumPart(metric.name, f"bleu|{sacrebleu_signature(BLEU(tokenize=tokenizer))}", _value, 100.0)
    return Scorer(metric.name, [part], partial(_counts, counting=counting), _grade)


def _counts(reply: Reply, counting: BLEU) -> tuple[int, ...] | None:
    """Give lengths of answer and closest reference, then n-grams that match, then all, for n from 1 to 4."""
    if not reply.references:
        return None
    found = counting.sentence_score(reply.text, reply.references)
    return (int(found.sys_len), int(found.ref_len), *map(int, found.counts), *map(int, found.totals))


def _grade(seen: Sequence[int]) -> Grade:
    """Give sacrebleu's score of a sentence: only of the orders that it is long enough for."""
    return Grade(_value(seen, effective_order=True))


def _value(sums: Sequence[int], *, effective_order: bool = False) -> float:
    matched, there = list(sums[2 : 2 + _ORDER]), list(sums[2 + _ORDER :])
    found = BLEU.compute_bleu(matched, there, sums[0], sums[1], "exp", effective_order=effective_order)
    return round(min(100.0, float(found.score)), 10)  # a perfect one comes out a hair off 100
