"""Replicas that count together: a simulation with a clock of each, against the log of all of them."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.route import RouteKey
from fmops_serving.gateway.access.limits import Limits
from fmops_serving.gateway.access.peers import EVERY
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal

PLACE = Place("support", "tiny")
TICK = 0.1


def key(**limits: int) -> RouteKey:
    return RouteKey(name="web", digest="sha256:" + "0" * 64, **limits)


@dataclass
class Fleet:
    """Replicas that hear each other each at a time of its own, and the log of what they admitted."""

    count: int
    now: float = 1000.0
    replicas: list[Limits] = field(default_factory=list)
    log: list[tuple[float, int]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = [
            Limits(lambda ahead=number * 321.7: self.now + ahead)  # type: ignore[misc]
            for number in range(self.count)
        ]
        self.next = [self.now + EVERY * number / self.count for number in range(self.count)]

    def hear(self) -> None:
        for number, each in enumerate(self.replicas):
            if self.now >= self.next[number]:
                self.next[number] += EVERY
                for other in self.replicas:
                    if other is not each:
                        each.others.hear(other.report(each.others.version(other.replica)), each.now())
                each.others.heard_all(each.now())

    def ask(self, number: int, whose: RouteKey, size: int = 4) -> None:
        try:
            booking = self.replicas[number].book(PLACE, whose, size)
        except Refusal as refusal:
            self.refusals.append(refusal)
        else:
            assert booking is not None
            self.log.append((self.now, booking.use.amount))

    def most_in_a_minute(self, *, tokens: bool = False) -> int:
        spans = (
            [(at, amount) for at, amount in self.log if begin - 60 < at <= begin]
            for begin in {at for at, _ in self.log}
        )
        return max(sum(amount if tokens else 1 for _, amount in span) for span in spans)


@given(seed=st.integers(0, 10**6), weights=st.sampled_from([(1, 0, 0), (1, 1, 1), (8, 1, 1), (0, 1, 1)]))
@settings(max_examples=6, deadline=None)
def test_three_replicas_keep_a_limit_within_a_tenth_however_the_load_is_spread(
    seed: int, weights: tuple[int, int, int]
) -> None:
    fleet, chance, limit = Fleet(3), random.Random(seed), 300
    whose = key(requestsPerMinute=limit)
    for step in range(1500):
        fleet.now += TICK
        fleet.hear()
        for number in chance.choices(range(3), weights, k=200 if step == 5 else chance.randint(0, 4)):
            fleet.ask(number, whose)
    assert {refusal.code for refusal in fleet.refusals} == {"rate_limit_exceeded"}
    assert all(1 <= int(dict(refusal.headers)["retry-after"]) <= 61 for refusal in fleet.refusals)
    assert 0.9 * limit <= fleet.most_in_a_minute() <= 1.1 * limit
    last = sum(at > fleet.now - 60 for at, _ in fleet.log)
    assert last >= 0.9 * limit, "in the long run no less than nine tenths get through"


def test_tokens_are_counted_together_as_they_become_known() -> None:
    fleet, whose = Fleet(3), key(tokensPerMinute=10_000)
    for step in range(900):
        fleet.now += TICK
        fleet.hear()
        fleet.ask(step % 3, whose, 400)
    assert 9_000 <= fleet.most_in_a_minute(tokens=True) <= 11_000


def test_a_first_request_is_never_refused_for_what_others_might_do() -> None:
    fleet, whose = Fleet(3), key(requestsPerMinute=2)
    fleet.now += 1
    fleet.hear()
    fleet.ask(1, whose)
    fleet.now += 1
    fleet.hear()
    fleet.ask(2, whose)
    fleet.now += 1
    fleet.hear()
    assert (len(fleet.log), len(fleet.refusals)) == (2, 0)
    fleet.ask(0, whose)
    assert len(fleet.refusals) == 1


def test_a_replica_that_fell_silent_is_no_longer_shared_with_and_what_it_used_still_counts() -> None:
    fleet, whose = Fleet(2), key(requestsPerMinute=100)
    for _ in range(30):
        fleet.ask(1, whose)
    fleet.now += 1
    fleet.hear()
    fleet.next[0] = float("inf")
    fleet.now += 10
    fleet.replicas[0].others.heard_all(fleet.replicas[0].now())
    for _ in range(100):
        fleet.ask(0, whose)
    assert len(fleet.log) == 100
    fleet.now += 55
    fleet.replicas[0].others.heard_all(fleet.replicas[0].now())
    for _ in range(40):
        fleet.ask(0, whose)
    assert len(fleet.log) == 130


def test_a_report_tells_only_what_changed_and_no_digest() -> None:
    fleet, whose = Fleet(2), key(requestsPerMinute=100)
    fleet.ask(0, whose)
    first = fleet.replicas[0].report(0)
    assert [seconds for each in first["keys"].values() for seconds in each] == [(1000, 1, 1)]
    assert "0" * 64 not in str(first)
    assert fleet.replicas[0].report(first["version"])["keys"] == {}


@pytest.mark.parametrize("said", [{}, {"replica": "a", "version": "x", "now": 1, "keys": {}}, {"keys": {"a": [1]}}])
def test_what_is_no_report_is_not_taken(said: dict[str, object]) -> None:
    limits = Limits()
    with pytest.raises((KeyError, TypeError, ValueError)):
        limits.others.hear(said, 0.0)
    assert limits.others.count(0.0) == 0
