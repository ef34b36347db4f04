"""ExactMatch: the share of answers that equal a reference."""

import re
import string
from collections.abc import Iterator

from fmops_api.metric import Metric, Normalize
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.intervals import wilson
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.grade import UNSCORED, Grade

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad(text: str) -> str:
    """Normalise as the official SQuAD script: lower case, no ASCII punctuation, no English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def normalised(text: str, how: Normalize) -> str:
    """Make equal what `how` says does not matter."""
    if how is Normalize.SQUAD:
        return squad(text)
    return text.strip() if how is Normalize.STRIP else text


class ExactMatch:
    """Counts matches. An answer is held against each reference, or the label where there is none; the best counts."""

    def __init__(self, metric: Metric) -> None:
        self._name = metric.name
        self._how = metric.normalize or Normalize.NONE
        self._hits = 0
        self._scored = 0
        self._total = 0

    def add(self, example: Example, output: str | None) -> bool:
        """Score one answer, None when it never came; say whether it could be scored."""
        self._total += 1
        score = self.grade(example, output).score
        if score is None:
            return False
        self._scored += 1
        self._hits += score == 1.0
        return True

    def grade(self, example: Example, output: str | None) -> Grade:
        """Give 1 for a match and 0 for none."""
        references = example.references or ([example.label] if example.label is not None else [])
        if output is None or not references:
            return UNSCORED
        answer = normalised(output, self._how)
        return Grade(float(any(normalised(reference, self._how) == answer for reference in references)))

    def figures(self) -> Iterator[Figure]:
        """Give the share of matches, bounded by Wilson's interval."""
        hits, scored = self._hits, self._scored
        yield Figure(
            self._name,
            hits / scored if scored else None,
            scored,
            self._total - scored,
            f"exactmatch|norm:{self._how.lower()}|wilson|v1",
            (lambda confidence: wilson(hits, scored, confidence)) if scored else no_bounds,
        )
