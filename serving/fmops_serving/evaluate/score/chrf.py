"""Chrf of the whole corpus, by sacrebleu (Popović 2015, 2017)."""

from collections.abc import Sequence
from functools import partial

from sacrebleu.metrics.chrf import CHRF

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import SumPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.signature import sacrebleu_signature


class CountingCHRF(CHRF):
    """CHRF with its counts in the open: sacrebleu shows a sentence's score only, which cannot be added up."""

    def counts(self, answer: str, references: Sequence[str]) -> tuple[int, ...]:
        """Give, for each order, n-grams of the answer, of the best reference, and those in both."""
        (found,) = self._extract_corpus_statistics([answer], [[reference] for reference in references])
        return tuple(int(count) for count in found)

    def value(self, sums: Sequence[int]) -> float:
        """Give the score of added counts, from 0 to 100."""
        return float(self._compute_f_score(list(sums)))


def chrf(metric: Metric) -> Scorer:
    """Count the character n-grams that an answer shares with its best reference, or the label where there is none."""
    counting = CountingCHRF(word_order=metric.word_order or 0)
    signature = f"chrf|{sacrebleu_signature(counting)}"
    part = SumPart(metric.name, signature, counting.value, 100.0)
    return Scorer(metric.name, [part], partial(_counts, counting=counting), lambda seen: Grade(counting.value(seen)))


def _counts(reply: Reply, counting: CountingCHRF) -> tuple[int, ...] | None:
    return counting.counts(reply.text, reply.references) if reply.references else None
