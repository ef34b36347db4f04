"""The interval of a win rate: it holds what it promises, with ties and without."""

import math
from collections.abc import Iterator

import pytest

from fmops_serving.evaluate.intervals import wilson
from fmops_serving.evaluate.intervals_cluster import Cluster
from fmops_serving.evaluate.intervals_paired import bounds_of_win_rate


def bounds(wins: int, ties: int, losses: int, confidence: float = 0.95) -> tuple[float, float]:
    clusters = [Cluster(1.0, 1)] * wins + [Cluster(0.5, 1)] * ties + [Cluster(0.0, 1)] * losses
    how, of = bounds_of_win_rate(clusters)
    low, high = of(confidence)
    assert how == "bonettprice"
    assert low is not None
    assert high is not None
    return low, high


@pytest.mark.parametrize("hits", [5, 20, 50, 80, 95])
def test_without_ties_it_is_about_that_of_a_share(hits: int) -> None:
    expected = wilson(hits, 100, 0.95)
    assert bounds(hits, 0, 100 - hits) == pytest.approx(expected, abs=0.016)


def test_ties_make_it_narrower_and_never_certain() -> None:
    widths = [high - low for low, high in (bounds(50, 0, 50), bounds(25, 50, 25), bounds(0, 100, 0))]
    assert widths == sorted(widths, reverse=True)
    assert 0.02 < widths[-1] < 0.04
    assert bounds(30, 0, 0)[0] < 0.95
    assert bounds(30, 0, 0)[1] == 1.0


def outcomes(count: int, win: float, loss: float) -> Iterator[tuple[int, int, float]]:
    """Give every number of wins and losses with its probability."""
    tie = 1 - win - loss
    for wins in range(count + 1):
        for losses in range(count + 1 - wins):
            ways = math.comb(count, wins) * math.comb(count - wins, losses)
            yield wins, losses, ways * win**wins * loss**losses * tie ** (count - wins - losses)


@pytest.mark.parametrize(("win", "loss"), [(0.5, 0.5), (0.3, 0.2), (0.1, 0.1), (0.05, 0.02), (0.9, 0.05), (0.7, 0.3)])
@pytest.mark.parametrize("count", [20, 50])
def test_it_covers_the_true_rate_as_often_as_it_says(win: float, loss: float, count: int) -> None:
    truth = 0.5 + (win - loss) / 2
    covered = 0.0
    for wins, losses, chance in outcomes(count, win, loss):
        low, high = bounds(wins, count - wins - losses, losses)
        covered += chance * (low <= truth <= high)
    assert covered >= 0.93


def test_repeats_and_clusters_have_an_interval_of_their_own() -> None:
    how, of = bounds_of_win_rate([Cluster(0.75, 1), Cluster(0.5, 1), Cluster(1.5, 2)])
    low, high = of(0.95)
    assert how == "t"
    assert low is not None
    assert high is not None
    assert 0 <= low < 0.6875 < high <= 1
