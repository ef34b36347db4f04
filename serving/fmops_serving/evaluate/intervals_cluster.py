"""Intervals of means and shares whose examples belong together: a cluster of examples says less than as many strangers.

A cluster is given as (sum of its values, number of its values). Examples that stand alone are clusters of one.
"""

import math
from collections.abc import Collection
from typing import NamedTuple

from fmops_serving.evaluate.intervals import Interval, wilson_of_share
from fmops_serving.evaluate.student import t_interval, t_quantile

_NO_DOUBT = 1e-12
"""Part of a scale that rounding alone makes of values that are the same."""


class Cluster(NamedTuple):
    """The values of examples that share a source."""

    total: float
    size: int


def standard_error(clusters: Collection[Cluster]) -> float:
    """Give the standard error of the mean of all values, robust to what clusters have in common.

    Linearised, as for a ratio of sums, with the factor G / (G - 1) of G clusters (Cochran 1977, 6.3; in regression it
    is called CR1, Liang & Zeger 1986). With clusters of one it is the usual s / sqrt(n). 0 with one cluster.
    """
    number, count = len(clusters), sum(cluster.size for cluster in clusters)
    if number < 2:
        return 0.0
    mean = math.fsum(cluster.total for cluster in clusters) / count
    squares = math.fsum((cluster.total - cluster.size * mean) ** 2 for cluster in clusters)
    return math.sqrt(squares * number / (number - 1)) / count


def mean_interval(clusters: Collection[Cluster], confidence: float) -> Interval:
    """Bound a mean by Student's t with one degree of freedom less than there are clusters."""
    count = sum(cluster.size for cluster in clusters)
    mean = math.fsum(cluster.total for cluster in clusters) / count if count else 0.0
    return t_interval(mean, standard_error(clusters), len(clusters) - 1, confidence)


def share_interval(clusters: Collection[Cluster], confidence: float) -> Interval:
    """Bound a share, or a mean of scores from 0 to 1, by Wilson's interval with the effective number of examples.

    That number is p (1 - p) / SE^2, which divides n by the design effect, corrected for few clusters by the squared
    ratio of t quantiles (Korn & Graubard 1998; for Wilson's interval: Franco et al. 2019). At 0 and 1 the data show no
    design effect, and the number of clusters stands in: the worst case, in which all of a cluster answer alike.
    """
    number, count = len(clusters), sum(cluster.size for cluster in clusters)
    if not count:
        return Interval(None, None)
    share = min(1.0, max(0.0, math.fsum(cluster.total for cluster in clusters) / count))
    error = standard_error(clusters)
    if number < 2 or share in {0.0, 1.0} or not error:
        return wilson_of_share(share, number, confidence)
    upper = (1 + confidence) / 2
    few = t_quantile(upper, count - 1) / t_quantile(upper, number - 1)
    return wilson_of_share(share, share * (1 - share) / error**2 * few**2, confidence)


def scale_interval(clusters: Collection[Cluster], low: float, high: float, confidence: float) -> Interval:
    """Bound the mean of values on a scale from `low` to `high` by Student's t, robust to clusters, kept on the scale.

    Values that are all the same know no doubt; there Wilson's interval stands in, of the share of the scale that they
    reach: no values on a scale vary more than those that only take its ends. One cluster bounds nothing.
    """
    number, count = len(clusters), sum(cluster.size for cluster in clusters)
    if number < 2:
        return Interval(None, None)
    if standard_error(clusters) <= _NO_DOUBT * (high - low):
        mean = math.fsum(cluster.total for cluster in clusters) / count
        ends = wilson_of_share((mean - low) / (high - low), number, confidence)
        return Interval(*(None if end is None else low + end * (high - low) for end in ends))
    found = mean_interval(clusters, confidence)
    return Interval(*(None if end is None else min(high, max(low, end)) for end in found))
