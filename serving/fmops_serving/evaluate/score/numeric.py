"""Numeric: the share of answers whose last number is right."""

from decimal import Decimal
from functools import partial

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.numerals import last_number, same_number
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.share import Share


def numeric(metric: Metric) -> Scorer[bool]:
    """Hold the last number of an answer against that of each reference, or of the label where there is none.

    An answer without a number is wrong. An example whose references have none is unscored.
    """
    tolerance = metric.tolerance
    absolute = (tolerance.absolute if tolerance else None) or "0"
    relative = (tolerance.relative if tolerance else None) or "0"
    signature = f"numeric|last|abs:{absolute}|rel:{relative}|refs:any|v1"
    measure = partial(_right, absolute=Decimal(absolute), relative=Decimal(relative))
    return Scorer(metric.name, measure, lambda: Share(metric.name, signature))


def _right(sample: Sample, absolute: Decimal, relative: Decimal) -> bool | None:
    if sample.text is None:
        return None
    wanted = [
        number for reference in sample.references if (number := last_number(reference, sample.language)) is not None
    ]
    if not wanted:
        return None
    said = last_number(sample.text, sample.language)
    return said is not None and any(same_number(said, number, absolute, relative) for number in wanted)
