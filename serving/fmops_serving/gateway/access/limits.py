"""Requests and tokens per minute of each key, in any 60 seconds.

A request counts when it is admitted. Its tokens are not known then: a guess from the size of its body counts (four
bytes a token) until the answer's usage replaces it; an answer that says no usage leaves the guess. Each replica of the
gateway counts for itself.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from fmops_api.route import RouteKey
from fmops_serving.gateway.access.window import Use, Window
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.table import Place

BYTES_A_TOKEN = 4


class _Windows(NamedTuple):
    requests: Window
    tokens: Window


class Booking(NamedTuple):
    """What a request was counted as."""

    tokens: Window
    use: Use


class Limits:
    """The windows of every key of every model. They outlive a reload of routes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing used."""
        self._clock = clock
        self._windows: dict[tuple[Place, str], _Windows] = {}

    def book(self, place: Place, key: RouteKey, size: int) -> Booking | None:
        """Count a request with a body of `size` bytes; None where nothing limits it. Raises Refusal 429."""
        if key.requests_per_minute is None and key.tokens_per_minute is None:
            return None
        windows = self._windows.setdefault((place, key.digest), _Windows(Window(), Window()))
        now, guess = self._clock(), max(1, size // BYTES_A_TOKEN)
        _check(windows.requests, now, 1, key.requests_per_minute, "requests")
        _check(windows.tokens, now, guess, key.tokens_per_minute, "tokens")
        windows.requests.add(now, 1)
        return Booking(windows.tokens, windows.tokens.add(now, guess))

    def settle(self, booking: Booking | None, tokens: int | None) -> None:
        """Say how many tokens a request used; None when nobody knows."""
        if booking is not None and tokens is not None:
            booking.tokens.correct(booking.use, tokens, self._clock())

    def told(self, place: Place, key: RouteKey) -> tuple[tuple[str, str], ...]:
        """Give what is left, in the headers of the OpenAI API."""
        windows = self._windows.get((place, key.digest))
        if windows is None:
            return ()
        now = self._clock()
        return (
            *_headers("requests", windows.requests, key.requests_per_minute, now),
            *_headers("tokens", windows.tokens, key.tokens_per_minute, now),
        )


def _headers(what: str, window: Window, limit: int | None, now: float) -> tuple[tuple[str, str], ...]:
    if limit is None:
        return ()
    left = max(0, limit - window.used(now))
    return (f"x-ratelimit-limit-{what}", str(limit)), (f"x-ratelimit-remaining-{what}", str(left))


def _check(window: Window, now: float, amount: int, limit: int | None, what: str) -> None:
    if limit is None or (wait := window.free_in(now, amount, limit)) <= 0:
        return
    raise Refusal(
        429,
        "rate_limit_exceeded",
        f"the limit of {limit} {what} per minute is reached: try again in {math.ceil(wait)} s",
        type=what,
        headers=(("retry-after", str(math.ceil(wait))),),
    )
