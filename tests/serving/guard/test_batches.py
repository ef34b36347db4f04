"""Batches: who is answered together, by whom, and what becomes of those who are not."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from fmops_serving.guard import batches
from fmops_serving.guard.batches import MOST, Batches
from fmops_serving.guard.finding import DetectorFailed


class Doubles:
    """Answers twice the number, from a thread, once it may."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.threads: set[int] = set()
        self.may = threading.Event()
        self.may.set()

    def __call__(self, numbers: Sequence[int]) -> Sequence[int]:
        self.asked.append(list(numbers))
        self.threads.add(threading.get_ident())
        assert self.may.wait(10)
        if -1 in numbers:
            raise RuntimeError("the text was -1")
        return [2 * number for number in numbers]


async def test_questions_that_come_together_are_answered_together_in_another_thread() -> None:
    doubles = Doubles()
    asking: Batches[int, int] = Batches(doubles)
    assert await asyncio.gather(*map(asking.ask, range(5))) == [0, 2, 4, 6, 8]
    asking.close()
    assert doubles.asked == [[0, 1, 2, 3, 4]]
    assert threading.get_ident() not in doubles.threads


async def test_a_batch_is_bounded_and_the_next_fills_while_it_runs() -> None:
    doubles = Doubles()
    asking: Batches[int, int] = Batches(doubles)
    assert await asyncio.gather(*map(asking.ask, range(70))) == [2 * number for number in range(70)]
    asking.close()
    assert [len(batch) for batch in doubles.asked] == [MOST, MOST, 6]


async def test_who_does_not_wait_any_more_is_not_asked_for() -> None:
    doubles = Doubles()
    doubles.may.clear()
    asking: Batches[int, int] = Batches(doubles)
    tasks = [asyncio.ensure_future(asking.ask(number)) for number in range(MOST + 2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[MOST].cancel()
    await asyncio.sleep(0)
    doubles.may.set()
    assert await tasks[MOST + 1] == 2 * (MOST + 1)
    assert [task.result() for task in tasks[1:MOST]] == [2 * number for number in range(1, MOST)]
    asking.close()
    assert doubles.asked == [list(range(MOST)), [MOST + 1]]


async def test_what_goes_wrong_is_a_failure_for_that_batch_alone() -> None:
    asking: Batches[int, int] = Batches(Doubles())
    said = await asyncio.gather(asking.ask(-1), asking.ask(1), return_exceptions=True)
    assert [(type(each), str(each)) for each in said] == [(DetectorFailed, "RuntimeError")] * 2
    assert await asking.ask(4) == 8
    asking.close()


async def test_a_queue_that_is_full_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PENDING", 2)
    asking: Batches[int, int] = Batches(Doubles())
    said = await asyncio.gather(*map(asking.ask, range(3)), return_exceptions=True)
    asking.close()
    assert said[:2] == [0, 2]
    assert str(said[2]) == "2 texts wait for it already"
