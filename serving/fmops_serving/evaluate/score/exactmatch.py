"""ExactMatch: the share of answers that equal a reference."""

from functools import partial

from fmops_api.metric import Metric
from fmops_api.metrictype import Normalize
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import normalised


def exact_match(metric: Metric) -> Scorer:
    """Observe 1 or 0. An answer is held against each reference, or the label where there is none; one is enough."""
    how = metric.normalize or Normalize.NONE
    part = MeanPart(metric.name, f"exactmatch|norm:{how.lower()}|refs:any|v2", float)
    return Scorer(metric.name, [part], partial(_matches, how=how))


def _matches(reply: Reply, how: Normalize) -> float | None:
    references, language = reply.references, reply.language
    if not references:
        return None
    answer = normalised(reply.text, how, language)
    return float(answer in [normalised(reference, how, language) for reference in references])
