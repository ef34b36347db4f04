"""Remembered answers: asked once at a time, kept as long as they are worth, and forgotten."""

import asyncio

import pytest

from fmops_operator.remembered import Remembered


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts how often it is asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> str:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        return f"answer {number}"


async def test_a_good_answer_is_kept_longer_than_a_bad_one() -> None:
    clock, source = Clock(), Source()
    remembered = Remembered[str](lambda answer: 60 if answer == "answer 2" else 5, clock)
    assert await remembered.get("a", source) == await remembered.get("a", source) == "answer 1"
    clock.now = 5.0
    assert await remembered.get("a", source) == "answer 2"
    clock.now = 64.0
    assert await remembered.get("a", source) == "answer 2"
    clock.now = 65.0
    assert await remembered.get("a", source) == "answer 3"


async def test_many_who_ask_at_once_share_one_asking() -> None:
    source = Source()
    source.gate.clear()
    remembered = Remembered[str](lambda _: 60)
    asking = [asyncio.create_task(remembered.get("a", source)) for _ in range(50)]
    await asyncio.sleep(0)
    source.gate.set()
    assert set(await asyncio.gather(*asking)) == {"answer 1"}
    assert source.asked == 1


async def test_who_gives_up_does_not_end_the_asking_of_the_others() -> None:
    source = Source()
    source.gate.clear()
    remembered = Remembered[str](lambda _: 60)
    first, second = (asyncio.create_task(remembered.get("a", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert await second == "answer 1"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_different_questions_are_asked_apart() -> None:
    source = Source()
    remembered = Remembered[str](lambda _: 60)
    assert await remembered.get("a", source) != await remembered.get("b", source)


async def test_a_failure_is_not_remembered() -> None:
    async def fail() -> str:
        raise OSError("away")

    remembered = Remembered[str](lambda _: 60)
    with pytest.raises(OSError, match="away"):
        await remembered.get("a", fail)
    assert await remembered.get("a", Source()) == "answer 1"


async def test_what_nobody_asks_for_again_is_dropped() -> None:
    clock, source = Clock(), Source()
    remembered = Remembered[str](lambda _: 1, clock)
    for number in range(5000):
        clock.now = float(number)
        await remembered.get(number, source)
    assert len(remembered._answers) < 2000
