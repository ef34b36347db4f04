"""Rouge: overlap of words with a reference (Lin 2004), with the figures of rouge-score, for every script."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from fmops_api.metric import Metric
from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.lcs import CommonWords
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.porter import stem
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import words


class Overlap(NamedTuple):
    """How much an answer shares with a reference, as shares from 0 to 1."""

    precision: float
    recall: float
    fmeasure: float


_NONE = Overlap(0.0, 0.0, 0.0)


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
) -> Overlap:
    """Compare two texts. For ASCII texts this is, to the bit, what rouge-score gives; Lsum takes lines as sentences."""
    tokens = _stemmed if stemmer is Stemmer.PORTER else words
    if variant is RougeVariant.LINES:
        return _by_lines(_lines(answer, tokens), _lines(reference, tokens))
    said, right = tokens(answer), tokens(reference)
    if variant is RougeVariant.LONGEST:
        same = LCSseq.similarity(said, right) if said and right else 0
        return _overlap(same, len(said), len(right))
    if variant is RougeVariant.TWO:
        return _shared(list(pairwise(said)), list(pairwise(right)))
    return _shared(said, right)


def _best(reply: Reply, overlap: Callable[[str, str], Overlap]) -> tuple[float, float, float] | None:
    """Give F-measure, precision and recall."""
    if not reply.references:
        return None
    found = max((overlap(reply.text, reference) for reference in reply.references), key=lambda each: each.fmeasure)
    return found.fmeasure, found.precision, found.recall


def _stemmed(text: str) -> list[str]:
    """Stem words of more than three characters, as rouge-score does; Porter's rules are for English letters."""
    return [stem(word) if len(word) > 3 and word.isascii() else word for word in words(text)]


def _lines(text: str, tokens: Callable[[str], list[str]]) -> list[list[str]]:
    return [tokens(line) for line in text.split("\n") if line]


def _shared(said: Sequence[object], right: Sequence[object]) -> Overlap:
    ours, theirs = Counter(said), Counter(right)
    if len(theirs) < len(ours):
        ours, theirs = theirs, ours
    get = theirs.get
    same = sum([min(count, get(word, 0)) for word, count in ours.items() if word in theirs])
    return _overlap(same, len(said), len(right))


def _by_lines(answer: list[list[str]], reference: list[list[str]]) -> Overlap:
    """Score the union of each reference line's common subsequences (Lin 2004, 3.2), counting no word twice."""
    said = Counter([word for line in answer for word in line])
    right = Counter([word for line in reference for word in line])
    answered, wanted = said.total(), right.total()
    same = 0
    for line, places in zip(reference, CommonWords(reference).union(answer), strict=True):
        for word in [line[place] for place in places]:
            if said[word] > 0 and right[word] > 0:
                same += 1
                said[word] -= 1
                right[word] -= 1
    return _overlap(same, answered, wanted)


def _overlap(same: int, answered: int, wanted: int) -> Overlap:
    if not same:
        return _NONE
    precision, recall = same / answered, same / wanted
    return Overlap(precision, recall, 2 * precision * recall / (precision + recall))
