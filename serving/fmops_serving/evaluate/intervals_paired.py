"""Intervals of the difference of two models on the same examples."""

import math
from collections.abc import Callable, Collection, Sequence
from statistics import NormalDist

from fmops_serving.evaluate.intervals import Interval
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval, standard_error


def difference_interval(clusters: Collection[Cluster], confidence: float) -> Interval:
    """Bound the mean of paired differences by Student's t, robust to clusters.

    Where all differ alike, such as not at all, t knows no doubt, and the interval of as many wins or losses stands in.
    No bound on differences beyond 1 of a single cluster.
    """
    means = [cluster.total / cluster.size for cluster in clusters]
    if means and not standard_error(clusters) and max(map(abs, means)) <= 1:
        return same_everywhere(means[0], len(means), confidence)
    return mean_interval(clusters, confidence)


def scale_difference(clusters: Collection[Cluster], widest: float, confidence: float) -> Interval:
    """Bound the mean of paired differences on a scale, of which none is greater than `widest` either way."""
    low, high = difference_interval([Cluster(each.total / widest, each.size) for each in clusters], confidence)
    return Interval(None if low is None else max(-1.0, low) * widest, None if high is None else min(1.0, high) * widest)


def same_everywhere(difference: float, trials: int, confidence: float) -> Interval:
    """Bound a difference of shares that is the same in every one of the trials, such as none at all."""
    wins, losses = (math.ceil(max(0.0, sign * difference) * trials - 1e-9) for sign in (1, -1))
    found = paired_shares(wins, losses, trials, confidence)
    if found.low is None or found.high is None:
        return found
    return Interval(min(difference, found.low), max(difference, found.high))


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


def bounds_of_shares(clusters: Collection[Cluster]) -> tuple[str, Callable[[float], Interval]]:
    """Choose: Bonett and Price's interval for answers that are right or wrong, one an example, else Student's t."""
    totals = [cluster.total for cluster in clusters]
    if all(cluster.size == 1 for cluster in clusters) and are_shares(totals):
        wins, losses = totals.count(1.0), totals.count(-1.0)
        return "bonettprice", lambda confidence: paired_shares(wins, losses, len(totals), confidence)
    return "t", lambda confidence: difference_interval(clusters, confidence)


def bounds_of_win_rate(clusters: Collection[Cluster]) -> tuple[str, Callable[[float], Interval]]:
    """Bound the mean of outcomes that are 1 for a win, 1/2 for a tie and 0 for a loss.

    The rate is 1/2 + (wins - losses) / 2n, so that half the interval of a difference of paired shares fits: ties are
    what both got alike. Wilson's interval would take a tie for a coin that was thrown, and be too wide; the normal one
    is too narrow near 0 and 1.
    """
    how, bounds = bounds_of_shares([Cluster(2 * each.total - each.size, each.size) for each in clusters])

    def halved(confidence: float) -> Interval:
        low, high = bounds(confidence)
        return Interval(
            None if low is None else max(0.0, (1 + low) / 2), None if high is None else min(1.0, (1 + high) / 2)
        )

    return how, halved


def are_shares(differences: Sequence[float]) -> bool:
    """Say whether every difference is a win, a loss or a draw of answers that are right or wrong."""
    return all(difference in {-1.0, 0.0, 1.0} for difference in differences)
