"""How long to wait before another attempt."""

import random
from datetime import UTC, datetime

FIRST, LONGEST = 0.5, 30.0
"""Seconds before the second attempt, and at most before a later one."""


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from now; None when there is none to be read."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to load, and rarely needed

    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def backoff(attempt: int, draw: random.Random) -> float:
    """Give the seconds to wait after the given attempt (from 1): doubling up to a limit, half of it by chance.

    The chance keeps requests that failed together from coming back together.
    """
    full = min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 16))
    return full * draw.uniform(0.5, 1.0)
