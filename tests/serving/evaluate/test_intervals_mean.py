"""Student's t against scipy, and means that t knows no doubt of."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fmops_serving.evaluate.intervals_mean import student_t, t_quantile
from fmops_serving.evaluate.score.mean import Mean


@given(st.integers(1, 100_000), st.floats(0.55, 0.99995))
def test_quantiles_are_those_of_scipy(freedom: int, share: float) -> None:
    assert t_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-7)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=50), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_interval_is_that_of_scipy(values: list[float], confidence: float) -> None:
    mean, variance = float(np.mean(values)), float(np.var(values, ddof=1))
    low, high = student_t(mean, variance, len(values), confidence)
    reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * math.sqrt(variance / len(values))
    assert low == pytest.approx(mean - reach, rel=1e-7, abs=1e-6)
    assert high == pytest.approx(mean + reach, rel=1e-7, abs=1e-6)


def test_one_value_bounds_nothing() -> None:
    assert student_t(0.5, 0.0, 1, 0.95) == (None, None)


def bounds(values: list[float], most: float | None = 1.0) -> tuple[float | None, float | None]:
    mean = Mean("m", "s", most)
    for value in values:
        mean.add(value)
    return next(mean.figures()).bounds(0.95)


def test_values_that_are_all_at_an_end_are_no_certainty() -> None:
    low, high = bounds([1.0] * 5)
    assert high == 1.0
    assert (low or 1) < 0.6
    low, high = bounds([0.0] * 5)
    assert low == 0.0
    assert (high or 0) > 0.4


def test_an_interval_stays_on_the_scale() -> None:
    assert bounds([0.0, 1.0, 1.0])[1] == 1.0
    assert bounds([0.0, 0.0, 1.0])[0] == 0.0
    low, high = bounds([0.0, 100.0], None)
    assert low == 0
    assert (high or 0) > 100


def test_the_order_of_values_makes_no_difference() -> None:
    values = [0.1 * n for n in range(1, 10)] + [1e-17, 0.3]
    assert bounds(values) == bounds(values[::-1])
