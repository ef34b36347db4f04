"""Student's t distribution, and the interval of a mean that it gives."""

import math
from functools import lru_cache

from fmops_serving.evaluate.intervals import Interval

_PRECISION = 1e-12


def t_interval(mean: float, standard_error: float, freedom: int, confidence: float) -> Interval:
    """Bound a mean by Student's t (Student 1908) with `freedom` degrees of freedom; no bound with none of them.

    It trusts the normal law of means: few values that are skewed, or most of them equal, leave it too narrow.
    """
    if freedom < 1:
        return Interval(None, None)
    reach = t_quantile((1 + confidence) / 2, freedom) * standard_error
    return Interval(mean - reach, mean + reach)


@lru_cache(maxsize=256)
def t_quantile(share: float, freedom: int) -> float:
    """Give the value that a t variable with `freedom` degrees of freedom stays below with probability `share`.

    `share` is between 0 and 1, both excluded; raises ValueError else. Found by halving an interval, to 1e-8 of itself.
    """
    if not (0 < share < 1 and freedom >= 1):
        raise ValueError(f"no t quantile for share {share} and {freedom} degrees of freedom")
    if share < 0.5:
        return -t_quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < share:
        low, high = high, high * 2
    while high - low > _PRECISION * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def t_cdf(value: float, freedom: int) -> float:
    """Give P(T <= value), by the regularised incomplete beta function (Abramowitz & Stegun 26.7.1)."""
    # From the middle outwards: from the tail, a value near 0 would be rounded away beside 1.
    middle = _beta_share(value * value / (freedom + value * value), 0.5, freedom / 2)
    return (1 - middle) / 2 if value < 0 else (1 + middle) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """Give the regularised incomplete beta function I_x(a, b), from the side where its fraction converges fast."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny)
    found = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + term * d, tiny)
            c = _not_zero(1 + term / c, tiny)
            found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return found


def _not_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
