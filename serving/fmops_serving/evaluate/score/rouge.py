"""Rouge: overlap of words with a reference (Lin 2004), with the figures of rouge-score, for every script."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter

# Not rouge_score_rs.rouge_scorer: what that does around each call takes a fifth of the time of a short text.
from rouge_score_rs._rougers import Scorer as Native
from rouge_score_rs.scoring import Score

from fmops_api.metric import Metric
from fmops_api.metrictype import RougeVariant, Stemmer
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.porter import Stems
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import words

_Overlaps = Mapping[str, Score]
"""By rouge-score's names of variants."""
_NAMES = {variant: f"rouge{variant}" for variant in RougeVariant}
_Figures = tuple[float, float, float]
"""F-measure, precision and recall, each from 0 to 1."""
_Observe = Callable[[Reply], _Figures | None]


def rouge(metric: Metric) -> Scorer:
    """Give the overlap with the reference whose F-measure is best, or with the label where there is none.

    For ASCII texts this is, to the bit, what rouge-score gives; Lsum takes lines as sentences.
    """
    variant, stemmer = metric.variant or RougeVariant.LONGEST, metric.stemmer or Stemmer.NONE
    signature = f"rouge|{variant}|stem:{stemmer.lower()}|tok:unicode-1|refs:max|v1"
    parts = [
        MeanPart(name, signature, itemgetter(place))
        for place, name in enumerate((metric.name, f"{metric.name}.precision", f"{metric.name}.recall"))
    ]
    observe = _by_lines(stemmer) if variant is RougeVariant.LINES else _observer(variant, stemmer)
    return Scorer(metric.name, parts, observe, lambda seen: Grade(seen[0]))


def _by_lines(stemmer: Stemmer) -> _Observe:
    """Give Lsum. Of texts of one line it is L, which costs less: the union of one longest common subsequence."""
    lines, whole = _observer(RougeVariant.LINES, stemmer), _observer(RougeVariant.LONGEST, stemmer)

    def observe(reply: Reply) -> _Figures | None:
        several = "\n" in reply.text or any("\n" in reference for reference in reply.references)
        return lines(reply) if several else whole(reply)

    return observe


def _observer(variant: RougeVariant, stemmer: Stemmer) -> _Observe:
    compare, name = _comparison(stemmer, variant is RougeVariant.LINES), _NAMES[variant]

    def observe(reply: Reply) -> _Figures | None:
        found = compare(reply)
        if found is None:
            return None
        precision, recall, fmeasure = found[name]
        return fmeasure, precision, recall

    return observe


class _Comparison:
    """Compares by several variants at once, and remembers what the last reply gave: a run often wants several of each.

    Those that go together cost little beside cutting texts into words: all but Lsum.
    """

    def __init__(self, names: Sequence[str], stemmer: Stemmer) -> None:
        self._native, self._stemmer = Native(list(names), use_stemmer=False), stemmer
        self._last: tuple[Reply | None, _Overlaps | None] = None, None

    def __call__(self, reply: Reply) -> _Overlaps | None:
        """Give the overlap with the best reference, by variant; None where there is none."""
        last, found = self._last
        if reply is not last:
            found = self._best(reply.text, reply.references)
            self._last = reply, found
        return found

    def _best(self, answer: str, references: Sequence[str]) -> _Overlaps | None:
        ascii_only = answer.isascii() and all(map(str.isascii, references))
        if self._stemmer is Stemmer.PORTER or not ascii_only:
            answer, *references = (_spelled(text, self._stemmer, ascii_only) for text in (answer, *references))
        if len(references) == 1:  # The best of several costs more.
            return self._native.score(references[0], answer)
        return self._native.score_multi(list(references), answer)


@cache
def _comparison(stemmer: Stemmer, by_lines: bool) -> _Comparison:
    """Let metrics share what is remembered."""
    names = [name for variant, name in _NAMES.items() if (variant is RougeVariant.LINES) == by_lines]
    return _Comparison(names, stemmer)


@lru_cache(maxsize=16)
def _spelled(text: str, stemmer: Stemmer, ascii_only: bool) -> str:
    """Write the words of a text, or their stems, as rouge-score's tokenizer finds them again; lines stay lines.

    It drops all but ASCII, so that beside words with other letters all are written as hexadecimal digits. A text is
    remembered for its other variants, and a reference for its next answer.
    """
    lines = [words(line) for line in text.split("\n")]
    if stemmer is Stemmer.PORTER:
        lines = [[_STEMS[word] for word in line] for line in lines]
    if not ascii_only:
        lines = [[word.encode().hex() for word in line] for line in lines]
    return "\n".join(map(" ".join, lines))


_STEMS = Stems()
