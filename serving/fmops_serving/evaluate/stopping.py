"""Stopping when told to: cancel the work, keep the rows."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from fmops_serving.evaluate.errors import Interrupted, Stopped

T = TypeVar("T")
_SEARCHES = (20_000, 20, 20)
"""Objects made since the last search for garbage at which the next one begins, as the gateway has it: hundreds of
requests on their way are searched through each time, and leave next to no garbage in cycles."""


def run_until_told(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or until SIGTERM or Ctrl-C; raises Stopped or Interrupted then.

    What is loaded before is left out of every search for garbage meanwhile.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_SEARCHES)
    try:
        return uvloop.run(_until_told(work))
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _until_told(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    told: list[type[Stopped]] = []

    def stop(kind: type[Stopped]) -> None:
        told.append(kind)
        task.cancel()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop, Stopped)
    loop.add_signal_handler(signal.SIGINT, stop, Interrupted)
    try:
        return await task
    except asyncio.CancelledError:
        kind = told[0] if told else Stopped
        raise kind("stopped; the answers so far are kept, and the same command goes on from there") from None
