"""A gateway and its metrics page in the loop of a test, in front of the mock of an engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from fmops_api.route import Route
from fmops_serving.gateway.access.doorkeeper import Doorkeeper
from fmops_serving.gateway.access.limits import Limits
from fmops_serving.gateway.metrics.page import MetricsPage
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.serve import Gateway
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits as ServerLimits
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.waiting import Waiting

TRACE = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}


@dataclass(frozen=True)
class Served:
    """Where they are, and a client."""

    url: str
    metrics_url: str
    session: aiohttp.ClientSession
    routes: Routes

    async def chat(self, **body: Any) -> tuple[int, str]:
        """Send a chat request; gives status and body."""
        asked = {"model": "support/tiny", "messages": [{"role": "user", "content": "hello"}], **body}
        async with self.session.post(f"{self.url}/v1/chat/completions", json=asked, headers=TRACE) as answer:
            return answer.status, await answer.text()

    async def page(self, accept: str = "") -> str:
        """Read the metrics."""
        async with self.session.get(f"{self.metrics_url}/metrics", headers={"accept": accept}) as answer:
            assert answer.status == 200
            return await answer.text()


def route(url: str, **fields: Any) -> Route:
    """Write a public route to an engine."""
    backend = {"urls": [url], "model": "tiny", "revision": "r1"}
    return Route.model_validate(
        {"namespace": "support", "name": "tiny", "backends": [backend], "access": {"mode": "Public"}, **fields}
    )


@asynccontextmanager
async def serving(*routes: Route) -> AsyncIterator[Served]:
    """Serve routes until the test is over."""
    recorder = Recorder()
    table = Routes(Patience(), recorder.checks)
    table.replace(routes)
    waiting = Waiting(table)
    house = House(Gateway(table, Doorkeeper(Limits()), waiting, recorder, shelf=Shelf()).answer, ServerLimits())
    page = House(MetricsPage(recorder, table, waiting).answer, ServerLimits())
    port, metrics_port = await house.open("127.0.0.1", 0), await page.open("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Served(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}", session, table)
    finally:
        await house.close(1)
        await page.close(1)
        table.replace(())
