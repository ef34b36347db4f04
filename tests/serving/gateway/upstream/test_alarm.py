"""An alarm sets one timer for many answers, and rings in time for each."""

import asyncio

from fmops_serving.gateway.upstream.alarm import Alarm


async def test_it_rings_at_the_earliest_time_that_was_asked_for() -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    alarm = Alarm(loop, rung.set)
    began = loop.time()
    for due in (began + 600, began + 0.01, began + 300):
        alarm.by(due)
    async with asyncio.timeout(30):
        await rung.wait()
    assert loop.time() >= began + 0.009
    rung.clear()
    alarm.by(began + 0.01)
    async with asyncio.timeout(30):
        await rung.wait()


async def test_a_later_time_sets_no_other_timer_and_an_earlier_one_takes_its_place() -> None:
    loop = asyncio.get_running_loop()
    alarm = Alarm(loop, lambda: None)
    alarm.by(loop.time() + 300)
    first = alarm._timer
    alarm.by(loop.time() + 600)
    assert alarm._timer is first
    alarm.by(loop.time() + 100)
    assert first is not None
    assert first.cancelled()
    alarm.cancel()


async def test_one_that_is_cancelled_does_not_ring() -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    alarm = Alarm(loop, rung.set)
    alarm.by(loop.time())
    alarm.cancel()
    await asyncio.sleep(0.02)
    assert not rung.is_set()
