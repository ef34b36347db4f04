"""Student's t, clusters, pairs and the bootstrap: against scipy, and what must hold for any data."""

import math
from collections import Counter
from collections.abc import Mapping
from statistics import mean

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fmops_serving.evaluate.bootstrap import RESAMPLES, resampled
from fmops_serving.evaluate.intervals import Interval, wilson
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval, share_interval, standard_error
from fmops_serving.evaluate.intervals_paired import are_shares, difference_interval, paired_shares
from fmops_serving.evaluate.student import t_cdf, t_interval, t_quantile
from tests.support.oracles import stats

CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.999])
VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=60)
FREEDOM = st.integers(1, 100_000)
CLUSTERS = st.lists(
    st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=6).map(lambda v: Cluster(sum(v), len(v))),
    min_size=1,
    max_size=40,
)


def alone(values: list[float]) -> list[Cluster]:
    return [Cluster(value, 1) for value in values]


@given(st.floats(0.0005, 0.9995), FREEDOM)
def test_the_t_quantile_is_that_of_scipy(share: float, freedom: int) -> None:
    assert t_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-7, abs=1e-9)


@example(5.96e-08, 7)
@example(1.19e-07, 15)
@given(st.floats(-50, 50), FREEDOM)
def test_the_t_distribution_is_that_of_scipy(value: float, freedom: int) -> None:
    assert t_cdf(value, freedom) == pytest.approx(stats.t.cdf(value, freedom), abs=1e-9)


@pytest.mark.parametrize(("share", "freedom"), [(0, 3), (1, 3), (0.5, 0)])
def test_a_t_quantile_that_does_not_exist_is_refused(share: float, freedom: int) -> None:
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(share, freedom)


@given(VALUES, CONFIDENCES)
def test_the_interval_of_a_mean_is_that_of_scipy(values: list[float], confidence: float) -> None:
    error = stats.sem(values)
    found = mean_interval(alone(values), confidence)
    assert standard_error(alone(values)) == pytest.approx(error, rel=1e-6, abs=1e-9)
    if error > 1e-6:
        assert found == pytest.approx(stats.t.interval(confidence, len(values) - 1, mean(values), error), rel=1e-5)


def test_one_value_puts_no_bound_on_a_mean() -> None:
    assert t_interval(0.5, 0.0, 0, 0.95) == mean_interval(alone([0.5]), 0.95) == Interval(None, None)
    assert mean_interval([], 0.95) == share_interval([], 0.95) == Interval(None, None)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=20), st.integers(2, 5), CONFIDENCES)
def test_copies_of_an_example_say_no_more_than_the_example(values: list[float], copies: int, confidence: float) -> None:
    """The trap of clusters: five questions about one document, answered alike, are one question."""
    copied = [Cluster(value * copies, copies) for value in values]
    assert standard_error(copied) == pytest.approx(standard_error(alone(values)))
    assert mean_interval(copied, confidence) == pytest.approx(mean_interval(alone(values), confidence))
    wide, narrow = (
        share_interval(copied, confidence),
        wilson(int(sum(values)) * copies, len(values) * copies, confidence),
    )
    assert (wide.low or 0) <= (narrow.low or 0) + 1e-9
    assert (wide.high or 1) >= (narrow.high or 1) - 1e-9


@given(CLUSTERS, CONFIDENCES)
def test_a_clustered_share_keeps_its_width_and_stays_a_share(clusters: list[Cluster], confidence: float) -> None:
    low, high = share_interval(clusters, confidence)
    assert low is not None
    assert high is not None
    share = sum(cluster.total for cluster in clusters) / sum(cluster.size for cluster in clusters)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    assert low < high


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), CONFIDENCES)
def test_paired_shares_contain_the_difference_and_turn_around(
    wins: int, losses: int, draws: int, confidence: float
) -> None:
    trials = wins + losses + draws
    if not trials:
        assert paired_shares(0, 0, 0, confidence) == Interval(None, None)
        return
    low, high = paired_shares(wins, losses, trials, confidence)
    turned = paired_shares(losses, wins, trials, confidence)
    assert low is not None
    assert high is not None
    assert -1 <= low <= (wins - losses) / trials <= high <= 1
    assert low < high
    assert turned == pytest.approx((-high, -low))


def test_paired_shares_are_those_of_the_paper() -> None:
    """Bonett & Price 2012, equation (6), by hand: 12 wins and 4 losses in 100."""
    won, lost = 13 / 102, 5 / 102
    reach = stats.norm.ppf(0.975) * math.sqrt((won + lost - (won - lost) ** 2) / 102)
    assert paired_shares(12, 4, 100, 0.95) == pytest.approx((won - lost - reach, won - lost + reach))


def test_no_difference_in_a_hundred_examples_is_no_proof_of_none() -> None:
    low, high = difference_interval(alone([0.0] * 100), 0.95)
    assert low is not None
    assert high is not None
    assert low == pytest.approx(-high)
    assert 0.02 < high < 0.04
    few = difference_interval([Cluster(0.0, 10)] * 10, 0.95).high
    assert few is not None
    assert few > 4 * high


@pytest.mark.parametrize("difference", [-1.0, -0.5, -0.2, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_difference_that_is_the_same_everywhere_is_no_certainty(difference: float, count: int) -> None:
    low, high = difference_interval([Cluster(3 * difference, 3)] * count, 0.95)
    assert low is not None
    assert high is not None
    assert -1 <= low <= difference <= high <= 1
    assert high - low > 0.2


def test_one_cluster_puts_no_bound_on_differences_of_any_size() -> None:
    assert difference_interval([Cluster(300.0, 3)], 0.95) == Interval(None, None)


@pytest.mark.parametrize(
    ("differences", "expected"), [([1.0, 0.0, -1.0], True), ([], True), ([0.5, 1.0], False), ([2.0], False)]
)
def test_only_wins_losses_and_draws_are_shares(differences: list[float], *, expected: bool) -> None:
    assert are_shares(differences) is expected


def total(seen: Mapping[float, int]) -> float:
    return sum(value * count for value, count in seen.items()) / sum(seen.values())


@settings(max_examples=10)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=30))
def test_the_bootstrap_is_the_same_in_every_order(values: list[float]) -> None:
    groups = [Counter(values[:2]), Counter(values[1:])]
    first = resampled(total, Counter(values), groups)
    assert first == resampled(total, Counter(reversed(values)), groups[::-1])
    assert len(first) == RESAMPLES
    assert min(values) <= min(first) <= max(first) <= max(values)


def test_the_bootstrap_spreads_as_the_theory_says() -> None:
    values = [0.0] * 40 + [1.0] * 60
    spread = stats.tstd(resampled(total, Counter(values), []))
    assert spread == pytest.approx(math.sqrt(0.4 * 0.6 / 100), rel=0.1)


def test_the_bootstrap_draws_clusters_whole() -> None:
    """Ten clusters of ten equal answers vary as ten answers do."""
    groups = [Counter({float(n < 6): 10}) for n in range(10)]
    spread = stats.tstd(resampled(total, {}, groups))
    assert spread == pytest.approx(math.sqrt(0.4 * 0.6 / 10), rel=0.1)


def test_nothing_to_draw_from_gives_no_samples() -> None:
    assert resampled(total, {}, []) == []
