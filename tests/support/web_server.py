"""An aiohttp application on a thread of its own, so that programs, commands and coroutines can be tested against it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def serving(application: Callable[[], web.Application], over: asyncio.Event, name: str) -> Iterator[str]:
    """Serve until the end, when `over` is set for handlers that wait; gives the root, such as http://127.0.0.1:8000."""
    ready: Future[tuple[asyncio.AbstractEventLoop, str]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(application, over, ready)), name=name)
    thread.start()
    loop, root = ready.result(30)
    try:
        yield root
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _serve(
    application: Callable[[], web.Application],
    over: asyncio.Event,
    ready: "Future[tuple[asyncio.AbstractEventLoop, str]]",
) -> None:
    runner = web.AppRunner(application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.set_result((asyncio.get_running_loop(), f"http://127.0.0.1:{runner.addresses[0][1]}"))
    await over.wait()
    await runner.cleanup()
    await asyncio.sleep(0.05)  # connections that were cut in the middle close a moment later, and not after the loop
