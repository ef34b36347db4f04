"""Numeric: the share of answers whose last number is right."""

from decimal import Decimal
from functools import partial

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.numerals import last_number, same_number
from fmops_serving.evaluate.score.part import MeanPart
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer


def numeric(metric: Metric) -> Scorer:
    """Hold the last number of an answer against that of each reference, or of the label where there is none.

    An answer without a number is wrong. An example whose references have none is unscored.
    """
    tolerance = metric.tolerance
    absolute = (tolerance.absolute if tolerance else None) or "0"
    relative = (tolerance.relative if tolerance else None) or "0"
    signature = f"numeric|last|abs:{absolute}|rel:{relative}|refs:any|v1"
    measure = partial(_right, absolute=Decimal(absolute), relative=Decimal(relative))
    return Scorer(metric.name, [MeanPart(metric.name, signature, float)], measure)


def _right(reply: Reply, absolute: Decimal, relative: Decimal) -> float | None:
    wanted = [
        number for reference in reply.references if (number := last_number(reference, reply.language)) is not None
    ]
    if not wanted:
        return None
    said = last_number(reply.text, reply.language)
    right = said is not None and any(same_number(said, number, absolute, relative) for number in wanted)
    return float(right)
