"""`fmops gateway --routes FOLDER` as a process of its own that ends and starts again, without a second of imports."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fmops_serving.gateway.command import gateway
from tests.cluster.ports import Ports

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["fmops_serving.gateway.command"])
SECONDS = 60.0


class GatewayProcess:
    """A gateway; it keeps its port over restarts."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._arguments = ["--routes", str(folder), "--port", str(port), "--metrics-port", "0"]

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = _FORKS.Process(target=_run, args=(self._arguments,))
        self._process.start()
        async with asyncio.timeout(SECONDS):
            while not await self._listens():
                assert self._process.is_alive(), "the gateway ended"
                await asyncio.sleep(0.02)

    async def end(self) -> int | None:
        """Tell it to end by SIGTERM; gives its exit status."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join, SECONDS)
        return self._process.exitcode

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()
        self._process.close()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        return True


def _run(arguments: Sequence[str]) -> None:
    gateway.main(arguments, prog_name="fmops gateway")


@asynccontextmanager
async def gateways(folder: Path, count: int) -> AsyncIterator[list[GatewayProcess]]:
    """Run replicas on the routes of a folder."""
    ports = Ports()
    made = [GatewayProcess(folder, ports.take()) for _ in range(count)]
    await asyncio.gather(*(each.start() for each in made))
    try:
        yield made
    finally:
        for each in made:
            each.kill()
        ports.release()
