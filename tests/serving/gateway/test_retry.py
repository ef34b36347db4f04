"""How often an answer that did not come is asked for again, and how long an address is left out."""

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


def left_out(address: Address, faults: int, now: float) -> int:
    """Fail so many times until it is left out; give for how many seconds."""
    assert [address.failed(now) for _ in range(faults)] == [False] * (faults - 1) + [True]
    assert address.ejected(now)
    return next(seconds for seconds in range(1, 400) if not address.ejected(now + seconds))


def test_an_address_is_left_out_longer_each_time_and_forgiven_by_one_good_answer() -> None:
    address, now = Address("http://10.0.0.1:8000/v1", Patience(), None), 1000.0
    times = [left_out(address, FAULTS_TO_EJECT, now)]
    for _ in range(7):
        now += times[-1]
        times.append(left_out(address, 1, now))
    assert times == [5, 10, 20, 40, 80, 160, 300, 300]
    assert (FIRST_EJECTION, LONGEST_EJECTION) == (5, 300)
    address.succeeded()
    assert left_out(address, FAULTS_TO_EJECT, now + 300) == 5


def test_requests_that_were_on_their_way_to_a_pod_that_broke_leave_it_out_once() -> None:
    address = Address("http://10.0.0.1:8000/v1", Patience(), None)
    told = [address.failed(1000.0) for _ in range(200)]
    assert told.count(True) == 1
    assert not address.ejected(1000.0 + FIRST_EJECTION), "a container that starts anew is asked again at once"


def test_faults_that_good_answers_part_do_not_add_up() -> None:
    address = Address("http://10.0.0.1:8000/v1", Patience(), None)
    for now in range(20):
        assert not address.failed(now)
        address.succeeded()
