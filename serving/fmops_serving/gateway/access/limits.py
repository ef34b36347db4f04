"""Requests and tokens per minute of each key, in any 60 seconds.

A request counts when it is admitted. Its tokens are not known then: a guess from the size of its texts counts (four
bytes a token) until the answer's usage replaces it. An answer that says no usage leaves the guess, and counts its
events, which engines send one a token; a request that reached no model counts no tokens.

One replica counts exactly. Several tell each other what they used (others.py).
"""

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from fmops_api.route import RouteKey
from fmops_serving.gateway.access.others import Others
from fmops_serving.gateway.access.window import SECONDS, Use, Window
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal

BYTES_A_TOKEN = 4
HeaderLines = tuple[tuple[str, str], ...]


class _Counted:
    """What one key used of one model."""

    __slots__ = ("changed", "name", "requests", "round", "tokens")

    def __init__(self, place: Place, digest: str) -> None:
        self.requests = Window()
        self.tokens = Window()
        self.name = hashlib.sha256(f"{place} {digest}".encode()).hexdigest()[:32]
        """What replicas call it; the digest of a key is nobody's business."""
        self.round = 0
        self.changed = 0


class _Limit(NamedTuple):
    """One of the two limits of a key."""

    what: str
    most: int
    window: Window
    elsewhere: int
    """What other replicas used."""


class Booking(NamedTuple):
    """What a request was counted as."""

    key: RouteKey
    counted: _Counted
    use: Use


def limited(key: RouteKey) -> bool:
    """Say whether anything limits what a key may use."""
    return key.requests_per_minute is not None or key.tokens_per_minute is not None


class Limits:
    """What every key used of every model. It outlives a reload of routes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing used."""
        self._clock = clock
        self._counted: dict[tuple[Place, str], _Counted] = {}
        self._version = 0
        self.replica = secrets.token_hex(8)
        """Name of this process among the replicas."""
        self.others = Others()

    def now(self) -> float:
        """Give the time by which it counts, in seconds."""
        return self._clock()

    def book(self, place: Place, key: RouteKey, size: int) -> Booking:
        """Count a request with `size` bytes of text, by a key that is limited. Raises Refusal 429."""
        counted = self._counted.get((place, key.digest))
        if counted is None:
            counted = self._counted[place, key.digest] = _Counted(place, key.digest)
        now, guess = self._clock(), max(1, size // BYTES_A_TOKEN)
        if counted.round != self.others.rounds:
            counted.round, counted.requests.since, counted.tokens.since = self.others.rounds, 0, 0
        limits = self._limits(counted, key, now)
        for limit in limits:
            self._check(limit, counted, 1 if limit.window is counted.requests else guess, now, limits)
        counted.requests.add(now, 1)
        self._change(counted)
        return Booking(key, counted, counted.tokens.add(now, guess))

    def settle(self, booking: Booking, tokens: int) -> None:
        """Say how many tokens a request used."""
        booking.counted.tokens.correct(booking.use, tokens, self._clock())
        self._change(booking.counted)

    def told(self, booking: Booking) -> HeaderLines:
        """Give what is left, in the headers of the OpenAI API."""
        now = self._clock()
        return _headers(self._limits(booking.counted, booking.key, now), now)

    def report(self, since: int) -> dict[str, Any]:
        """Tell another replica what was used, of keys that changed since the version that it heard."""
        now = self._clock()
        keys = {each.name: _seconds(each, now) for each in self._counted.values() if each.changed > since}
        return {"replica": self.replica, "version": self._version, "now": now, "keys": keys}

    def _change(self, counted: _Counted) -> None:
        self._version += 1
        counted.changed = self._version

    def _limits(self, counted: _Counted, key: RouteKey, now: float) -> list[_Limit]:
        requests, tokens = self.others.used(counted.name, now)
        limits = []
        if key.requests_per_minute is not None:
            limits.append(_Limit("requests", key.requests_per_minute, counted.requests, requests))
        if key.tokens_per_minute is not None:
            limits.append(_Limit("tokens", key.tokens_per_minute, counted.tokens, tokens))
        return limits

    def _check(self, limit: _Limit, counted: _Counted, amount: int, now: float, all_of_it: list[_Limit]) -> None:
        if amount > limit.most:
            message = f"the request is taken for {amount} {limit.what}, and {limit.most} per minute are allowed"
            raise Refusal(429, "rate_limit_exceeded", message, type=limit.what)
        window, replicas = limit.window, self.others.count(now) + 1
        left = limit.most - limit.elsewhere - window.used(now)
        if amount > left:
            wait = self._wait(limit, counted, amount, now)
        elif replicas > 1 and window.since and window.since + amount > (left + window.since) / (replicas + 1):
            wait = 1.0
        else:
            return
        raise Refusal(
            429,
            "rate_limit_exceeded",
            f"the limit of {limit.most} {limit.what} per minute is reached: try again in {math.ceil(wait)} s",
            type=limit.what,
            headers=(("retry-after", str(math.ceil(wait))), *_headers(all_of_it, now)),
        )

    def _wait(self, limit: _Limit, counted: _Counted, amount: int, now: float) -> float:
        """Say in how many seconds an amount fits."""
        if not limit.elsewhere:
            return limit.window.free_in(now, amount, limit.most)
        column = 1 if limit.what == "requests" else 2
        ends = [(each[0], each[column]) for each in self.others.seconds(counted.name, now)]
        ends += [(second + 1 + SECONDS, used) for second, used in limit.window.by_second.items()]
        over = float(limit.elsewhere + limit.window.total + amount - limit.most)
        for end, used in sorted(ends):
            over -= used
            if over <= 0:
                return max(1.0, end - now)
        return SECONDS


def _seconds(counted: _Counted, now: float) -> list[tuple[int, int, int]]:
    counted.requests.used(now)
    counted.tokens.used(now)
    requests, tokens = counted.requests.by_second, counted.tokens.by_second
    return [(each, requests.get(each, 0), tokens.get(each, 0)) for each in sorted(requests.keys() | tokens.keys())]


def _headers(limits: list[_Limit], now: float) -> HeaderLines:
    """Say limits, what is left of them, and when all of it is free again."""
    lines: list[tuple[str, str]] = []
    for what, most, window, elsewhere in limits:
        left = max(0, most - elsewhere - window.used(now))
        reset = SECONDS if elsewhere else window.full_for(now)
        lines += [
            (f"x-ratelimit-limit-{what}", str(most)),
            (f"x-ratelimit-remaining-{what}", str(left)),
            (f"x-ratelimit-reset-{what}", f"{math.ceil(reset)}s"),
        ]
    return tuple(lines)
