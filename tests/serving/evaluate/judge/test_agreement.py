"""Agreement and means against reference libraries."""

from collections import Counter
from collections.abc import Iterable

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_serving.evaluate.intervals import Interval, wilson
from fmops_serving.evaluate.intervals_cluster import Cluster, scale_interval
from fmops_serving.evaluate.judge.agreement import alpha, kappa
from tests.support.oracles import sklearn_metrics, stats

SCORES = st.integers(1, 5)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=60), st.booleans())
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]], quadratic: bool) -> None:
    found = kappa(Counter(pairs), quadratic=quadratic)
    if len({score for pair in pairs for score in pair}) == 1:
        assert found is None
        return
    people, judge = zip(*pairs, strict=True)
    expected = sklearn_metrics.cohen_kappa_score(
        people, judge, labels=[1, 2, 3, 4, 5], weights="quadratic" if quadratic else None
    )
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_judge_that_always_says_the_same_agrees_by_chance_only() -> None:
    people = [1, 2, 3, 4, 5, 5, 5]
    assert kappa(Counter((score, 5) for score in people), quadratic=False) == 0
    assert kappa(Counter((score, 5) for score in people), quadratic=True) == 0


@given(st.lists(st.lists(st.one_of(SCORES, st.none()), min_size=3, max_size=3), min_size=2, max_size=40), st.booleans())
def test_alpha_is_that_of_krippendorff(units: list[list[int | None]], nominal: bool) -> None:
    values = [tuple(value for value in unit if value is not None) for unit in units]
    found = alpha(Counter(values), nominal=nominal)
    paired = [unit for unit in values if len(unit) > 1]
    if len({value for unit in paired for value in unit}) < 2:
        assert found is None
        return
    data = np.array([[np.nan if unit[rater] is None else unit[rater] for unit in units] for rater in range(3)])
    expected = krippendorff.alpha(
        reliability_data=data.astype(float), level_of_measurement="nominal" if nominal else "ordinal"
    )
    assert found == pytest.approx(expected, abs=1e-9)


def interval(values: Iterable[float]) -> Interval:
    return scale_interval([Cluster(float(value), 1) for value in values], 1, 5, 0.95)


@given(st.lists(st.floats(1, 5), min_size=2, max_size=50).filter(lambda values: np.std(values) > 1e-3))
def test_the_interval_of_a_mean_is_that_of_scipy_kept_on_the_scale(values: list[float]) -> None:
    low, high = interval(values)
    expected = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert low == pytest.approx(max(1, expected[0]), rel=1e-7)
    assert high == pytest.approx(min(5, expected[1]), rel=1e-7)


def test_scores_that_are_all_the_same_do_not_pass_for_certainty() -> None:
    low, high = interval([5.0] * 3)
    assert (low, high) == (1 + 4 * (wilson(3, 3, 0.95).low or 0), 5)
    low, high = interval([3.0] * 10)
    assert low is not None
    assert high is not None
    assert low < 2.2
    assert high > 3.8


def test_rounding_is_no_doubt() -> None:
    low, high = interval([13 / 3] * 7)
    assert low is not None
    assert high is not None
    assert low < 3.5
    assert high > 4.8


def test_a_single_cluster_bounds_nothing() -> None:
    assert scale_interval([Cluster(12.0, 3)], 1, 5, 0.95) == (None, None)


def test_one_score_bounds_nothing() -> None:
    assert interval([4.0]) == (None, None)


def test_intervals_of_means_cover_as_often_as_they_say() -> None:
    draw = np.random.default_rng(7)
    weights = [0.05, 0.1, 0.2, 0.35, 0.3]
    truth = sum(score * weight for score, weight in zip(range(1, 6), weights, strict=True))
    hits = 0
    for _ in range(1000):
        low, high = interval(draw.choice(5, 100, p=weights) + 1.0)
        hits += low is not None and high is not None and low <= truth <= high
    assert 0.93 <= hits / 1000 <= 0.97
