"""How many requests are on their way: fewer when the endpoint is busy, more again while it answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fmops_serving.evaluate.faults import of_status
from fmops_serving.evaluate.pace import Pace
from tests.serving.evaluate.plans import label_of, number_in, write_order
from tests.serving.evaluate.runs import run, summary
from tests.support.openai_server import Asked, Behaviour, Says, Status, openai_server


@asynccontextmanager
async def turn(pace: Pace) -> AsyncIterator[int]:
    number = pace.enter() or await pace.wait()
    try:
        yield number
    finally:
        pace.leave()


async def send(pace: Pace) -> int:
    async with turn(pace) as number:
        return number


async def test_it_begins_with_all_that_is_allowed_and_never_goes_above() -> None:
    pace = Pace(8)
    for _ in range(100):
        pace.answered()
    assert pace.limit == 8


async def test_a_busy_endpoint_halves_it_down_to_one() -> None:
    pace = Pace(8)
    limits = []
    for _ in range(5):
        pace.busy(await send(pace))
        limits.append(pace.limit)
    assert limits == [4, 2, 1, 1, 1]


async def test_requests_that_met_the_same_crowd_halve_it_once() -> None:
    pace = Pace(8)
    for number in [await send(pace) for _ in range(8)]:
        pace.busy(number)
    assert pace.limit == 4


async def test_it_grows_by_one_for_as_many_answers_as_it_allows() -> None:
    pace = Pace(8)
    pace.busy(await send(pace))
    for wanted in (5, 6, 7, 8):
        for _ in range(wanted):
            pace.answered()
        assert pace.limit == wanted


async def test_no_more_are_on_their_way_than_it_says_and_a_cancelled_one_gives_its_room_back() -> None:
    pace, flying, most = Pace(4), 0, 0
    pace.busy(await send(pace))

    async def fly() -> None:
        nonlocal flying, most
        async with turn(pace):
            flying += 1
            most = max(most, flying)
            try:
                await asyncio.sleep(0.01)
            finally:
                flying -= 1

    tasks = [asyncio.ensure_future(fly()) for _ in range(12)]
    await asyncio.sleep(0.005)
    tasks[0].cancel()
    tasks[5].cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
    assert most == 2
    assert await send(pace) > 0


def test_being_busy_is_told_apart_from_being_broken() -> None:
    assert [status for status in (400, 408, 429, 500, 502, 503, 529) if of_status(status).busy] == [429, 503, 529]


class Small:
    """An endpoint that takes four requests at once and refuses more, without saying when to come back."""

    def __init__(self) -> None:
        self.refused = 0
        self._until: list[float] = []

    def __call__(self, asked: Asked) -> Behaviour:
        now = time.monotonic()
        self._until = [until for until in self._until if until > now]
        if len(self._until) >= 4:
            self.refused += 1
            return Status(429, body="{}")
        self._until.append(now + 0.04)
        return Says(label_of(number_in(asked.prompt)), first=0.04)


def test_an_endpoint_smaller_than_allowed_is_found_out_and_every_prompt_is_answered(tmp_path: Path) -> None:
    small = Small()
    with openai_server(small) as server:
        order = write_order(tmp_path, server.url, count=300, execution={"max_in_flight": 64, "retries": 20})
        assert run(order).exit_code == 0
    found = summary(order)
    assert (found.answered, found.errors, found.total) == (300, 0, 300)
    assert small.refused < 200, "about 90; with 64 at once all the time it is about 300"


async def test_whoever_gives_up_waiting_holds_up_nobody() -> None:
    pace = Pace(1)
    async with turn(pace):
        waiting = [asyncio.ensure_future(send(pace)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[2].cancel()
        await asyncio.sleep(0)
    waiting[1].cancel()  # in the moment in which it is let in
    await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await send(pace) > 1


async def test_who_came_first_goes_first() -> None:
    pace, order = Pace(1), []

    async def ask(name: str) -> None:
        for _ in range(3):
            async with turn(pace):
                order.append(name)
                await asyncio.sleep(0)

    await asyncio.gather(ask("a"), ask("b"))
    assert order == ["a", "b"] * 3
