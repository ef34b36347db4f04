"""How often an answer that did not come is asked for again, and how long an address is left out."""

import asyncio

from fmops_serving.gateway.retry import RetryBudget
from fmops_serving.gateway.upstream.address import FAULTS_TO_EJECT, FIRST_EJECTION, LONGEST_EJECTION, Address
from fmops_serving.gateway.upstream.patience import Patience


def test_retries_are_a_share_of_requests_beyond_the_reserve() -> None:
    budget = RetryBudget()
    assert sum(budget.spend() for _ in range(200)) == RetryBudget.RESERVE
    retried = 0
    for _ in range(1000):
        budget.earn()
        retried += budget.spend()
    assert 190 <= retried <= 200


def test_what_is_not_spent_is_not_hoarded() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(200)) == RetryBudget.RESERVE


async def test_an_address_is_left_out_longer_each_time_and_forgiven_by_one_good_answer() -> None:
    address = Address("http://10.0.0.1:8000/v1", Patience(), None)

    def left_out() -> float:
        """Fail until it is left out; give for how long."""
        told = [address.failed() for _ in range(FAULTS_TO_EJECT)]
        assert told == [False] * (FAULTS_TO_EJECT - 1) + [True]
        now = asyncio.get_running_loop().time()
        assert address.ejected(now)
        return next(seconds for seconds in range(1, 400) if not address.ejected(now + seconds))

    times = [left_out() for _ in range(8)]
    assert times == [5, 10, 20, 40, 80, 160, 300, 300]
    assert (FIRST_EJECTION, LONGEST_EJECTION) == (5, 300)
    address.succeeded()
    assert left_out() == 5


async def test_faults_that_good_answers_part_do_not_add_up() -> None:
    address = Address("http://10.0.0.1:8000/v1", Patience(), None)
    for _ in range(20):
        assert not address.failed()
        address.succeeded()
