"""How many examples would let an inconclusive gate decide. Pure."""

from decimal import ROUND_CEILING, Decimal

from fmops_api.evaluationrunstatus import Result

_MOST = 10**9


def examples_needed(limit: str, result: Result | None) -> int | None:
    """Give about how many examples would bring the limit outside of the interval, if the value stays what it is.

    The distance from a value to an end of its interval shrinks with the square root of n (Cochran 1977, 4.4), so n
    grows by the square of how many times that distance is the one to the limit. None when that cannot be told: nothing
    was measured, the end is not known, or the value lies on the limit, where no number of examples tells.
    """
    if result is None or result.value is None or result.n < 1:
        return None
    value, wanted = Decimal(result.value), Decimal(limit)
    end = result.low if wanted < value else result.high
    if end is None or wanted == value:
        return None
    ratio = (Decimal(end) - value) / (wanted - value)
    needed = int((result.n * ratio * ratio).to_integral_value(ROUND_CEILING))
    return needed if result.n < needed <= _MOST else None
