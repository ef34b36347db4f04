"""Intervals against scipy, and what must hold for any data."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fmops_serving.evaluate.intervals import Interval, percentile, quantile, quantile_bounds, wilson
from tests.support.oracles import stats

CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.999])


@st.composite
def proportions(draw: st.DrawFn) -> tuple[int, int]:
    trials = draw(st.integers(1, 5000))
    return draw(st.integers(0, trials)), trials


@given(proportions(), CONFIDENCES)
def test_wilson_says_what_scipy_says(proportion: tuple[int, int], confidence: float) -> None:
    hits, trials = proportion
    expected = stats.binomtest(hits, trials).proportion_ci(confidence, method="wilson")
    found = wilson(hits, trials, confidence)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)


@given(proportions(), CONFIDENCES)
def test_wilson_contains_the_measured_share_and_stays_a_share(proportion: tuple[int, int], confidence: float) -> None:
    hits, trials = proportion
    low, high = wilson(hits, trials, confidence)
    assert low is not None
    assert high is not None
    assert 0 <= low <= hits / trials <= high <= 1
    assert low < high


def test_wilson_of_nothing_puts_no_bound() -> None:
    assert wilson(0, 0, 0.95) == Interval(None, None)


@example([0.0], 0.9, 0.8)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.95, 0.99]), CONFIDENCES)
def test_quantile_bounds_are_the_tightest_that_the_binomial_allows(
    values: list[float], share: float, confidence: float
) -> None:
    ordered, count, tail = sorted(values), len(values), (1 - confidence) / 2
    low, high = quantile_bounds(ordered, share, confidence)
    below = stats.binom(count, share)
    firsts = [rank for rank in range(1, count + 1) if below.cdf(rank - 1) <= tail + 1e-12]
    lasts = [rank for rank in range(1, count + 1) if below.sf(rank - 1) <= tail + 1e-12]
    assert low == (ordered[max(firsts) - 1] if firsts else None)
    assert high == (ordered[min(lasts) - 1] if lasts else None)


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([0.5, 0.95]), CONFIDENCES)
def test_a_quantile_lies_between_its_bounds(values: list[float], share: float, confidence: float) -> None:
    ordered = sorted(values)
    low, high = quantile_bounds(ordered, share, confidence)
    assert (-math.inf if low is None else low) <= quantile(ordered, share) <= (math.inf if high is None else high)


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([0.05, 0.5, 0.95, 1.0]))
def test_a_quantile_is_the_smallest_value_that_the_share_does_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_the_95th_percentile_of_few_values_has_no_upper_bound() -> None:
    assert quantile_bounds([0.1 * n for n in range(20)], 0.95, 0.95).high is None


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), CONFIDENCES)
def test_a_percentile_interval_leaves_the_same_number_of_values_on_both_sides(
    values: list[float], confidence: float
) -> None:
    ordered = sorted(values)
    low, high = percentile(ordered, confidence)
    assert low is not None
    assert high is not None
    assert low <= high
    cut = int((1 - confidence) / 2 * len(values))
    assert ordered[min(cut, (len(values) - 1) // 2)] == low
    assert ordered[::-1][min(cut, (len(values) - 1) // 2)] == high
