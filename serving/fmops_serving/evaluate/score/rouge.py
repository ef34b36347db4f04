"""Rouge: overlap of words with a reference (Lin 2004), with the figures of rouge-score, for every script."""

from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Protocol

from rouge_score_rs.rouge_scorer import RougeScorer
from rouge_score_rs.scoring import Score

from fmops_api.metric import Metric
from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.porter import stem
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import words


class _Compare(Protocol):
    def __call__(self, answer: str, reference: str) -> Score: ...


def rouge(metric: Metric) -> Scorer:
    """Give the overlap with the reference whose F-measure is best, or with the label where there is none."""
    variant, stemmer = metric.variant or RougeVariant.LONGEST, metric.stemmer or Stemmer.NONE
    signature = f"rouge|{variant}|stem:{stemmer.lower()}|tok:unicode-1|refs:max|v1"
    overlap = partial(overlap_of, variant=variant, stemmer=stemmer)
    parts = [
        MeanPart(name, signature, itemgetter(place))
        for place, name in enumerate((metric.name, f"{metric.name}.precision", f"{metric.name}.recall"))
    ]
    return Scorer(metric.name, parts, partial(_best, overlap=overlap), lambda seen: Grade(seen[0]))


def overlap_of(
    answer: str, reference: str, variant: RougeVariant = RougeVariant.LONGEST, stemmer: Stemmer = Stemmer.NONE
) -> Score:
    """Compare two texts: precision, recall and fmeasure, from 0 to 1.

    For ASCII texts this is, to the bit, what rouge-score gives; Lsum takes lines as sentences.
    """
    return _overlaps(answer, reference, stemmer, variant is RougeVariant.LINES)[_NAMES[variant]]


def _best(reply: Reply, overlap: _Compare) -> tuple[float, float, float] | None:
    """Give F-measure, precision and recall."""
    if not reply.references:
        return None
    found = max((overlap(reply.text, reference) for reference in reply.references), key=lambda each: each.fmeasure)
    return found.fmeasure, found.precision, found.recall


@lru_cache(maxsize=16)
def _overlaps(answer: str, reference: str, stemmer: Stemmer, by_lines: bool) -> dict[str, Score]:
    """Compare by all variants that cost little beside cutting the texts into words: a run often wants several."""
    found: dict[str, Score] = _scorer(stemmer, by_lines, answer.isascii() and reference.isascii()).score(
        reference, answer
    )
    return found


@cache
def _scorer(stemmer: Stemmer, by_lines: bool, ascii_only: bool) -> RougeScorer:
    names = [name for variant, name in _NAMES.items() if (variant is RougeVariant.LINES) == by_lines]
    if ascii_only:
        return RougeScorer(names, use_stemmer=stemmer is Stemmer.PORTER)
    return RougeScorer(names, tokenizer=_Words(stemmer))


_NAMES = {variant: f"rouge{variant}" for variant in RougeVariant}


class _Words:
    """Words of any script, which rouge-score's own tokenizer drops."""

    def __init__(self, stemmer: Stemmer) -> None:
        self._stems = stemmer is Stemmer.PORTER

    def tokenize(self, text: str) -> list[str]:
        """Cut a text into words; those of more than three characters are stemmed, as rouge-score does.

        Porter's rules are for English letters, and leave other words alone.
        """
        found = words(text)
        return [stem(word) if len(word) > 3 and word.isascii() else word for word in found] if self._stems else found
