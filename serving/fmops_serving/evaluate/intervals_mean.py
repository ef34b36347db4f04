"""The interval of a mean: Student's t, without a library for it."""

import math
from functools import lru_cache
from statistics import NormalDist

from fmops_serving.evaluate.intervals import Interval


def student_t(mean: float, variance: float, count: int, confidence: float) -> Interval:
    """Bound a mean by Student's t with count - 1 degrees of freedom (Student 1908).

    `variance` is that of the sample, with count - 1 below the line; fewer than two values bound nothing.
    """
    if count < 2:
        return Interval(None, None)
    reach = t_quantile((1 + confidence) / 2, count - 1) * math.sqrt(variance / count)
    return Interval(mean - reach, mean + reach)


@lru_cache(maxsize=256)
def t_quantile(share: float, freedom: int) -> float:
    """Give the value that a t-distributed variable exceeds with 1 - share; share is 0.5 or more.

    Newton's steps on the distribution function, kept between ends that close in, from the normal quantile upwards.
    """
    low, high = 0.0, 1.0
    while _t_distribution(high, freedom) < share:
        high *= 2
    guess = min(max(NormalDist().inv_cdf(share), low), high)
    for _ in range(200):
        error = _t_distribution(guess, freedom) - share
        low, high = (low, guess) if error > 0 else (guess, high)
        step = guess - error / _t_density(guess, freedom)
        following = step if low < step < high else (low + high) / 2
        if abs(following - guess) <= 1e-14 * max(1.0, guess):
            return following
        guess = following
    return guess


def _t_density(value: float, freedom: int) -> float:
    log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(log - (freedom + 1) / 2 * math.log1p(value * value / freedom))


def _t_distribution(value: float, freedom: int) -> float:
    """Give P(T <= value) for value >= 0 (Abramowitz and Stegun 26.7.1)."""
    return 1 - _incomplete_beta(freedom / (freedom + value * value), freedom / 2, 0.5) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Give the regularised incomplete beta function, by the continued fraction on the side where it is quick."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22)."""
    tiny = 1e-300
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    product = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for factor in (even, odd):
            d = 1 / _away_from_zero(1 + factor * d, tiny)
            c = _away_from_zero(1 + factor / c, tiny)
            product *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return product


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
