"""ExactMatch: the share of answers that equal a reference."""

import re
import string
from collections.abc import Sequence

from fmops_api.metric import Metric, Normalize
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.part import MeanPart, Part

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
    """Observes 1 or 0. An answer is held against each reference, or the label where there is none; the best counts."""

    def __init__(self, metric: Metric) -> None:
        self.name = metric.name
        self._how = metric.normalize or Normalize.NONE
        self.parts: Sequence[Part] = [MeanPart(metric.name, f"exactmatch|norm:{self._how.lower()}", float)]

    def observe(self, example: Example, output: str) -> float | None:
        """Score one answer; None without a reference or label."""
        references = example.references or ([example.label] if example.label is not None else [])
        if not references:
            return None
        answer = normalised(output, self._how)
        return float(any(normalised(reference, self._how) == answer for reference in references))

    def grade(self, seen: float) -> Grade:
        """Give 1 for a match and 0 for none."""
        return Grade(seen)
