"""Intervals of the difference of two models on the same examples."""

import math
from collections.abc import Collection, Sequence
from statistics import NormalDist

from fmops_serving.evaluate.intervals import Interval
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval, standard_error


def difference_interval(clusters: Collection[Cluster], confidence: float) -> Interval:
    """Bound the mean of paired differences by Student's t, robust to clusters.

    Where no example differs t knows no doubt, so that the interval of no wins and no losses stands in, with as many
    trials as there are clusters. No bound with fewer than two clusters that differ.
    """
    if clusters and not standard_error(clusters) and all(cluster.total == 0 for cluster in clusters):
        return paired_shares(0, 0, len(clusters), confidence)
    return mean_interval(clusters, confidence)


def paired_shares(wins: int, losses: int, trials: int, confidence: float) -> Interval:
    """Bound a difference of two shares on the same trials, from the examples that one of the two alone got right.

    Bonett & Price (2012): one more win and one more loss, then the normal interval; Student's t is too narrow where
    few examples differ. Stretched to the measured difference where it would miss it.
    """
    if not trials:
        return Interval(None, None)
    won, lost = (wins + 1) / (trials + 2), (losses + 1) / (trials + 2)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    reach = z * math.sqrt((won + lost - (won - lost) ** 2) / (trials + 2))
    measured = (wins - losses) / trials
    return Interval(max(-1.0, min(measured, won - lost - reach)), min(1.0, max(measured, won - lost + reach)))


def are_shares(differences: Sequence[float]) -> bool:
    """Say whether every difference is a win, a loss or a draw of answers that are right or wrong."""
    return all(difference in {-1.0, 0.0, 1.0} for difference in differences)
