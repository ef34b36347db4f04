"""Which address a request goes to: by order, by weight, by load, by the prompt's head, and never twice to one."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.balancing import MEAN_LOAD_FACTOR, PREFIX_LENGTH
from fmops_api.route import Backend
from fmops_serving.gateway.balance.choice import ATTEMPTS, Pool, Target, choose
from fmops_serving.gateway.balance.head import head_of
from fmops_serving.gateway.balance.ring import Ring
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.upstream.address import FAULTS_TO_EJECT, Address
from fmops_serving.gateway.upstream.patience import Patience

PLACE = Place("team", "chat")


def address(number: int, outstanding: int = 0, *, ejected: bool = False) -> Address:
    made = Address(f"http://10.0.0.{number}:8000/v1", Patience(), None)
    made.outstanding = outstanding
    for _ in range(FAULTS_TO_EJECT if ejected else 0):
        made.failed(0.0)
    return made


def pool(*addresses: Address, order: int = 0, weight: int = 100, ring: bool = False) -> Pool:
    urls = [each.url for each in addresses]
    backend = Backend.model_validate({"urls": urls, "model": "m", "order": order, "weight": weight})
    return Pool(backend, tuple(Target(PLACE, backend, each) for each in addresses), Ring(urls) if ring else None)


def chosen(pools: Sequence[Pool], times: int = 1, head: bytes = b"") -> Counter[str]:
    found = (choose(pools, (), head, 0.0) for _ in range(times))
    return Counter(each.address.url.split(":")[1].rpartition(".")[2] for each in found if each is not None)


BUSY = address(1, 5), address(2, 2), address(3, 2)


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ([pool(*BUSY)], {"2", "3"}),
        ([pool(address(1), order=1), pool(address(2))], {"2"}),
        ([pool(address(1), order=1), pool(address(2, ejected=True))], {"1"}),
        ([pool(address(1, ejected=True)), pool(address(2, ejected=True), order=1)], {"1"}),
        ([pool(address(1, ejected=True), address(2, 9))], {"2"}),
        ([pool(address(1), weight=0), pool(address(2), weight=1)], {"2"}),
        ([pool(address(1), weight=0), pool(address(2), weight=0)], {"1", "2"}),
        ([pool(), pool(address(1), order=7)], {"1"}),
        ([pool()], set()),
        ([], set()),
    ],
    ids=[
        "least busy", "lowest order", "next order when the first is left out", "left out is better than none",
        "left out comes last in its pool", "no weight", "no weight at all", "no address", "nothing", "no backend",
    ],
)  # fmt: skip
def test_the_choice(pools: Sequence[Pool], expected: set[str]) -> None:
    assert set(chosen(pools, 60)) == expected


def test_weights_are_shares() -> None:
    found = chosen([pool(address(1), weight=90), pool(address(2), weight=10)], 4000)
    assert 0.87 < found["1"] / 4000 < 0.93


def test_nothing_is_asked_twice_and_a_higher_order_has_its_turn() -> None:
    pools = [pool(*(address(number) for number in range(5))), pool(address(9), order=1)]
    tried: list[Target] = []
    while (target := choose(pools, tried, b"", 0.0)) is not None:
        tried.append(target)
    assert [each.backend.order for each in tried] == [0] * ATTEMPTS + [1]
    assert len(set(tried)) == len(tried)


def test_one_address_may_be_asked_as_two_backends() -> None:
    shared = address(1)
    pools = [pool(shared), pool(shared, order=1)]
    first = choose(pools, (), b"", 0.0)
    assert first is not None
    second = choose(pools, [first], b"", 0.0)
    assert second is not None
    assert second.backend is pools[1].backend
    assert choose(pools, [first, second], b"", 0.0) is None


def test_the_same_head_goes_to_the_same_address_until_that_is_overloaded() -> None:
    pools = [pool(*(address(number) for number in range(1, 5)), ring=True)]
    (home,) = chosen(pools, 20, b"You are a helpful assistant")
    busy = next(each.address for each in pools[0].targets if each.address.url.endswith(f".{home}:8000/v1"))
    busy.outstanding = 40
    (other,) = chosen(pools, 20, b"You are a helpful assistant")
    assert other != home


def test_an_address_that_goes_moves_only_its_own_heads() -> None:
    names = [f"http://10.0.0.{number}:8000/v1" for number in range(5)]
    four, five, idle = Ring(names[:4]), Ring(names), [0] * 5
    heads = [b"prompt %d" % number for number in range(2000)]
    before = [four.pick(head, idle[:4], [True] * 4) for head in heads]
    after = [five.pick(head, idle, [True] * 5) for head in heads]
    moved = [now for was, now in zip(before, after, strict=True) if was != now]
    assert set(moved) == {4}
    assert 0.1 < len(moved) / len(heads) < 0.3, "a fifth of them"


@pytest.mark.parametrize(
    ("factor", "pods", "most"),
    [
        pytest.param(MEAN_LOAD_FACTOR, 2, 3, id="of two pods that are asked four at once, the second one is asked too"),
        pytest.param(150, 2, 3, id="half as much again as the mean"),
        pytest.param(175, 2, 4, id="of two pods, seven of eight"),
        pytest.param(200, 2, 4, id="of two pods, all"),
        pytest.param(110, 10, 1, id="a tenth more than the mean, in whole requests"),
        pytest.param(100, 4, 1, id="the mean"),
    ],
)
def test_a_pod_takes_so_much_of_one_head_before_it_goes_on(factor: int, pods: int, most: int) -> None:
    ring, outstanding = Ring([f"http://10.0.0.{number}:8000/v1" for number in range(pods)], factor), [0] * pods
    for _ in range(4):
        outstanding[ring.pick(b"one head", outstanding, [True] * pods)] += 1
    assert max(outstanding) == most


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=12),
    st.binary(max_size=20),
    st.integers(100, 400),
)
@settings(max_examples=60, deadline=None)
def test_no_address_takes_more_than_its_share(addresses: list[tuple[int, bool]], head: bytes, factor: int) -> None:
    outstanding, usable = [each[0] for each in addresses], [each[1] for each in addresses]
    if not any(usable):
        return
    picked = Ring([str(number) for number in range(len(addresses))], factor).pick(head, outstanding, usable)
    assert usable[picked]
    fair = factor / 100 * (sum(outstanding) + 1) / sum(usable)
    assert outstanding[picked] < fair + 1 or outstanding[picked] == min(
        busy for busy, may in zip(outstanding, usable, strict=True) if may
    )


@pytest.mark.parametrize(
    ("parsed", "head"),
    [
        (None, b""),
        ({}, b""),
        ({"prompt": "a" * 999}, b"a" * PREFIX_LENGTH),
        ({"messages": ["a" * 200, "b" * 200, "c" * 200]}, b'"%b""%b' % (b"a" * 200, b"b" * 53)),
        ({"prompt": ["ab", "cd"]}, b'"ab""cd"'),
        ({"prompt": [1, 2, 3]}, b"123"),
        ({"input": "text"}, b"text"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, b'{"role":"user","content":"Hi"}'),
        ({"messages": "no list"}, b"no list"),
        ({"messages": 7}, b"7"),
        ({"prompt": "\ud800"}, b"?"),
    ],
)
def test_the_head_of_a_prompt(parsed: dict[str, object] | None, head: bytes) -> None:
    assert head_of(parsed, PREFIX_LENGTH) == head


def test_a_longer_head_tells_apart_what_begins_alike() -> None:
    one, other = ({"prompt": "You are helpful. " * 30 + name} for name in ("Ada", "Bob"))
    assert head_of(one, PREFIX_LENGTH) == head_of(other, PREFIX_LENGTH)
    assert head_of(one, 1024) != head_of(other, 1024)
