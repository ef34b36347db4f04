"""Stopping when told to: cancel the work, keep the rows."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from fmops_serving.evaluate.errors import Stopped

T = TypeVar("T")


def run_until_told(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or until SIGTERM or SIGINT; raises Stopped then."""
    return uvloop.run(_until_told(work))


async def _until_told(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise Stopped(
            "stopped from outside; the answers so far are kept, and the same command goes on from there"
        ) from None
