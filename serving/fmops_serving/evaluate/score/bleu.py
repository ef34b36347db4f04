"""Bleu of the whole corpus, by sacrebleu (Papineni et al. 2002; Post 2018)."""

from collections.abc import Sequence
from functools import partial

from sacrebleu.metrics.bleu import BLEU

from fmops_api.metric import Metric
from fmops_api.metrictype import BleuTokenizer
from fmops_serving.evaluate.score.corpus import Corpus
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.signature import sacrebleu_signature

_ORDER = 4


def bleu(metric: Metric) -> Scorer[list[int]]:
    """Count the n-grams that an answer shares with its references, or with the label where there is none."""
    tokenizer = (metric.tokenizer or BleuTokenizer.MTEVAL_13A).lower()
    # Of single sentences only the counts are taken, and effective_order is off where they are put together.
    counting = BLEU(tokenize=tokenizer, effective_order=True)
    signature = f"bleu|{sacrebleu_signature(BLEU(tokenize=tokenizer))}"
    tally = partial(Corpus, metric.name, signature, _value, ((0.0, 100.0), (100.0, 100.0)))
    return Scorer(metric.name, partial(_counts, counting=counting), tally)


def _counts(sample: Sample, counting: BLEU) -> list[int] | None:
    """Give lengths of answer and closest reference, then n-grams that match, then all, for n from 1 to 4."""
    if sample.text is None or not sample.references:
        return None
    found = counting.sentence_score(sample.text, sample.references)
    return [found.sys_len, found.ref_len, *found.counts, *found.totals]


def _value(sums: Sequence[int]) -> float:
    found = BLEU.compute_bleu(list(sums[2 : 2 + _ORDER]), list(sums[2 + _ORDER :]), sums[0], sums[1], "exp")
    return round(min(100.0, float(found.score)), 10)  # a perfect one comes out a hair off 100
