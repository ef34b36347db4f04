"""Regex: the share of answers that a pattern matches, by RE2, whose time grows with the answer and no faster."""

import re2

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer


def regex_match(metric: Metric) -> Scorer:
    """Look for the pattern anywhere in the answer."""
    pattern = compiled(metric.pattern or "")

    def matches(reply: Reply) -> float:
        return float(pattern.search(reply.text) is not None)

    return Scorer(metric.name, [MeanPart(metric.name, "regex|re2|search|v1", float)], matches)


def compiled(pattern: str) -> "re2._Regexp":
    """Compile a pattern as RE2 knows them; raises ValueError with what is wrong with it."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        raise ValueError(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from None
