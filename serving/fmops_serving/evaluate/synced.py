"""Keeping rows while work goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fmops_serving.evaluate.rows import Rows

SYNC_EVERY = 2.0
"""Seconds between asking the disk to keep the rows; what a power cut can cost, at most."""


@asynccontextmanager
async def synced(rows: Rows[Any]) -> AsyncIterator[None]:
    """Have the disk keep the rows every few seconds, and at the end."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY)
            await asyncio.to_thread(rows.sync)

    keeper = asyncio.ensure_future(keep())
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        rows.sync()
