"""The wiring: every part made once, tied together, run until a signal comes, and taken down in order."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from kubernetes.aio.client.configuration import Configuration

from fmops_operator.connection import Connection, load_configuration
from fmops_operator.fetching import open_session
from fmops_operator.gateways import gateways
from fmops_operator.handlers.assembly import Assembly, Outside
from fmops_operator.hub import HttpHub
from fmops_operator.identity import Identity
from fmops_operator.probe import HttpEndpoint
from fmops_operator.server import Server
from fmops_operator.settings import Settings
from fmops_operator.story import Story

log = logging.getLogger(__name__)


async def run(settings: Settings, stories: Mapping[str, Story]) -> None:
    """Operate until SIGTERM or SIGINT. Raises NoCluster without one, OSError when the port is taken."""
    stopped = _signalled()
    configuration = await load_configuration()
    async with AsyncExitStack() as stack:
        connection = Connection(configuration)
        stack.push_async_callback(connection.close)
        session = await stack.enter_async_context(open_session())
        outside = Outside(HttpEndpoint(session, settings), HttpHub(session, settings), gateways(session, settings))
        assembly = Assembly(settings, Identity.of(settings), connection, stories, outside)
        server = Server(assembly.metrics.registry, assembly.unready)
        await server.start(settings.http_host, settings.http_port)
        stack.push_async_callback(server.close)
        async with _running(assembly, configuration) as work:
            await asyncio.wait((stopped, work), return_when=asyncio.FIRST_COMPLETED)
            log.info("stopping")
        if work.done() and not work.cancelled():
            work.result()


@asynccontextmanager
async def _running(assembly: Assembly, configuration: Configuration) -> AsyncIterator[asyncio.Task[None]]:
    work = asyncio.create_task(assembly.run(configuration), name="work")
    try:
        yield work
    finally:
        # First no more writes, then the Lease, so that the other replica starts at once.
        await assembly.lease.release()
        work.cancel()
        await asyncio.wait((work,), timeout=5)


def _signalled() -> "asyncio.Future[None]":
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return stopped
