"""The queue: no duplicates, one look at a time, back-off, and nothing kills it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from fmops_operator.errors import NotLeading, Unavailable
from fmops_operator.manifest import Key
from fmops_operator.workqueue import Look, Pace, Queue

A, B = Key("FoundationModel", "n", "a"), Key("FoundationModel", "n", "b")
QUICK = Pace(resync=0.01, first_retry=0.01, longest_retry=0.05)


@asynccontextmanager
async def working(look: Look, pace: Pace = QUICK, workers: int = 4) -> AsyncIterator[Queue]:
    queue = Queue(look, pace)
    task = asyncio.create_task(queue.run(workers))
    try:
        yield queue
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - any condition, not one event
            await asyncio.sleep(0.001)


class Looks:
    """Counts looks; `then` says what one comes to."""

    def __init__(self, then: Callable[[Key], Awaitable[float | None]]) -> None:
        self.count: Counter[Key] = Counter()
        self.at_once: Counter[Key] = Counter()
        self.most_at_once = 0
        self._then = then

    async def __call__(self, key: Key) -> float | None:
        self.count[key] += 1
        self.at_once[key] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[key])
        try:
            return await self._then(key)
        finally:
            self.at_once[key] -= 1


async def nothing(_: Key) -> float | None:
    return None


async def test_a_key_added_many_times_before_its_look_is_looked_at_once() -> None:
    looks = Looks(nothing)
    async with working(looks) as queue:
        queue.start([A, A, B])
        for _ in range(10):
            queue.add(A)
        assert len(queue) == 2
        await until(lambda: looks.count[B] == 1)
        await asyncio.sleep(0.02)
    assert looks.count == {A: 1, B: 1}


async def test_a_key_added_during_its_look_is_looked_at_again_and_never_by_two_at_once() -> None:
    gate = asyncio.Event()

    async def wait(_: Key) -> None:
        await gate.wait()

    looks = Looks(wait)
    async with working(looks) as queue:
        queue.start([A])
        await until(lambda: looks.at_once[A] == 1)
        queue.add(A)
        queue.add(A)
        assert len(queue) == 1
        gate.set()
        await until(lambda: looks.count[A] == 2)
    assert looks.most_at_once == 1


async def test_different_keys_are_looked_at_at_once() -> None:
    both = asyncio.Barrier(2)

    async def meet(_: Key) -> None:
        await both.wait()

    looks = Looks(meet)
    async with working(looks) as queue:
        queue.start([A, B])
        await until(lambda: looks.count.total() == 2 and not any(looks.at_once.values()))
    assert looks.count == {A: 1, B: 1}, "neither would have come through the barrier alone"


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("a fault of ours")], ids=["cluster", "fault"])
async def test_a_look_that_fails_is_tried_again_until_it_succeeds(error: Exception) -> None:
    async def fail_twice(key: Key) -> None:
        if looks.count[key] <= 2:
            raise error

    looks = Looks(fail_twice)
    async with working(looks) as queue:
        queue.start([A, B])
        await until(lambda: looks.count[A] == 3 and looks.count[B] == 3)
        await asyncio.sleep(0.05)
    assert looks.count == {A: 3, B: 3}


async def test_a_replica_that_lost_the_lease_does_not_try_again() -> None:
    async def lost(_: Key) -> None:
        raise NotLeading("gone")

    looks = Looks(lost)
    async with working(looks) as queue:
        queue.start([A])
        await until(lambda: looks.count[A] == 1)
        await asyncio.sleep(0.05)
    assert looks.count[A] == 1


async def test_a_look_says_when_the_next_is_due() -> None:
    async def soon(_: Key) -> float:
        return 0.001

    looks = Looks(soon)
    async with working(looks) as queue:
        queue.start([A])
        await until(lambda: looks.count[A] >= 5)


async def test_a_later_due_time_does_not_hide_an_earlier_one() -> None:
    async def wait(key: Key) -> float:
        return 3600.0 if key == A else 0.001

    looks = Looks(wait)
    async with working(looks, workers=1) as queue:
        queue.start([A, B])
        await until(lambda: looks.count[B] >= 3)
    assert looks.count[A] == 1


async def test_before_start_and_after_stop_nothing_is_looked_at() -> None:
    async def soon(_: Key) -> float:
        return 0.001

    looks = Looks(soon)
    async with working(looks) as queue:
        queue.add(A)
        await asyncio.sleep(0.02)
        assert not looks.count
        queue.start([A])
        await until(lambda: looks.count[A] > 0)
        queue.stop()
        await until(lambda: looks.at_once[A] == 0)
        before = looks.count[A]
        queue.add(A)
        await asyncio.sleep(0.05)
        assert looks.count[A] == before
        queue.start([A])
        await until(lambda: looks.count[A] > before)


@pytest.mark.parametrize(
    ("failures", "asked", "least", "most"),
    [
        pytest.param(1, None, 1, 1.2, id="the first retry comes soon"),
        pytest.param(4, None, 8, 9.6, id="waits double"),
        pytest.param(500, None, 60, 72, id="and end at the longest, without overflow"),
        pytest.param(1, 30, 30, 36, id="a longer wish of the server counts"),
        pytest.param(500, 1, 60, 72, id="a shorter wish of the server does not"),
    ],
)
def test_retry(failures: int, asked: float | None, least: float, most: float) -> None:
    pace = Pace(first_retry=1, longest_retry=60, spread=0.2)
    waits = [pace.retry(failures, asked) for _ in range(100)]
    assert least <= min(waits) <= max(waits) <= most
    assert len(set(waits)) > 1, "without chance, objects move in step"
