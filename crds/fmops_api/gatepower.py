"""How many examples it would take to tell on which side of a value a figure lies. Pure."""

import math
from decimal import Decimal

from fmops_api.evaluationrunstatus import Result

_MOST = 10**9
"""Beyond it a number of examples is no help to anybody."""


def examples_needed(result: Result, limit: str) -> int | None:
    """Say about how many examples would move the interval off the limit, if the measured value stayed as it is.

    n (w / d)^2, where w is how far the interval reaches from the value towards the limit and beyond, and d how far the
    limit is: a standard error shrinks with the root of n (Cochran 1977, 4.4 to 4.6). An approximation: it takes the
    reach for proportional to a standard error, which Wilson's and bootstrap intervals are with many examples only, and
    new examples (clusters) for ones like those at hand. Rounded up to two digits, so as not to look like more.
    None when there is no end on that side, when nothing was scored, and when the value is the limit itself.
    """
    if result.value is None:
        return None
    value, wanted = Decimal(result.value), Decimal(limit)
    end = result.low if wanted < value else result.high
    if end is None or value == wanted or not result.n:
        return None
    reach, distance = abs(Decimal(end) - value), abs(wanted - value)
    needed = math.ceil(result.n * (reach / distance) ** 2)
    return _rounded_up(max(needed, result.n + 1)) if needed <= _MOST else None


def in_words(result: Result, limit: str, needed: int | None) -> str:
    """Tell it in a sentence's part."""
    if needed is not None:
        return f"about {needed} examples would tell, {result.n} did not"
    if result.value is not None and Decimal(result.value) == Decimal(limit):
        return f"the value is the limit: more examples than {result.n} may not tell either"
    return f"{result.n} examples are too few to tell"


def _rounded_up(number: int) -> int:
    step = int("1".ljust(len(str(number)) - 1, "0"))
    return -(-number // step) * step
