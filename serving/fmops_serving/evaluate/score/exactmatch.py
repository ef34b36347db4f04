"""ExactMatch: the share of answers that equal a reference."""

from functools import partial

from fmops_api.metric import Metric
from fmops_api.metrictype import Normalize
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.share import Share
from fmops_serving.evaluate.score.words import normalised


def exact_match(metric: Metric) -> Scorer[bool]:
    """Hold an answer against each reference, or the label where there is none; one that equals it is enough."""
    how = metric.normalize or Normalize.NONE
    signature = f"exactmatch|norm:{how.lower()}|refs:any|v2"
    return Scorer(metric.name, partial(_matches, how=how), lambda: Share(metric.name, signature))


def _matches(sample: Sample, how: Normalize) -> bool | None:
    if sample.text is None or not sample.references:
        return None
    answer = normalised(sample.text, how, sample.language)
    return any(normalised(reference, how, sample.language) == answer for reference in sample.references)
