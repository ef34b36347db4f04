"""Prometheus itself reads a running gateway, and its answers are right: counts, quantiles, exemplars, objectives."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from fmops_operator.fetching import open_session
from fmops_operator.gateways import Prometheus
from tests.serving.gateway.metrics.served import Served, route, serving
from tests.support.openai_server import Says, Whole, openai_server
from tests.support.prometheus import program

RAIL = {"name": "toxic", "detector": "Toxicity", "action": "Annotate", "direction": "Output", "timeout": "30s"}
MODEL = '{namespace="support",model="tiny"}'


@asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[str]:
    """Run Prometheus until the test is over; gives its address."""
    scrape = {"job_name": "gateway", "honor_labels": True, "static_configs": [{"targets": [target]}]}
    (folder / "prometheus.yaml").write_text(
        yaml.safe_dump({"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"}, "scrape_configs": [scrape]})
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = await asyncio.create_subprocess_exec(
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--enable-feature=exemplar-storage",
        "--log.level=error",
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        await process.wait()


class Asking:
    """Asks Prometheus until an answer is as wished, or time is up."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def ask(self, path: str, query: str) -> Any:
        try:
            async with self._session.get(
                f"{self._url}/api/v1/{path}", params={"query": query, "start": "0", "end": "9e9"}
            ) as reply:
                return json.loads(await reply.text())["data"]
        except (aiohttp.ClientError, json.JSONDecodeError, KeyError):
            return None

    async def value(self, query: str) -> float | None:
        found = await self.ask("query", query)
        return float(found["result"][0]["value"][1]) if found and found["result"] else None

    async def until(self, query: str, wanted: float) -> None:
        async with asyncio.timeout(60):
            while await self.value(query) != pytest.approx(wanted):  # noqa: ASYNC110 - Prometheus tells nobody
                await asyncio.sleep(0.1)


async def ask_some(served: Served) -> None:
    """Four whole answers, one of them toxic, and two streams."""
    for text in ("fine", "fine", "fine", "insult"):
        assert (await served.chat(messages=[{"role": "user", "content": text}]))[0] == 200
    for _ in range(2):
        assert (await served.chat(stream=True))[0] == 200
    assert (await served.chat(model="support/none"))[0] in {401, 404}


async def test_prometheus_reads_a_gateway_and_answers_right(tmp_path: Path) -> None:
    def behave(asked: Any) -> Any:
        if asked.body.get("stream"):
            return Says("one two three", first=0.03)
        return Whole("You are an idiot." if asked.prompt == "insult" else "fine")

    with openai_server(behave) as engine:
        async with (
            serving(route(engine.url, guardrails=[RAIL])) as served,
            prometheus(tmp_path, served.metrics_url.removeprefix("http://")) as url,
            open_session() as session,
        ):
            asking = Asking(session, url)
            await asking.until(f"fmops_gateway_addresses{MODEL}", 1)
            # The first sample of a series counts for nothing in a rate: it has to be there before what is counted.
            await ask_some(served)
            await asking.until(f"fmops_gateway_requests_total{MODEL}", 6)
            await ask_some(served)
            await asking.until(f"fmops_gateway_requests_total{MODEL}", 12)
            await asking.until('sum(fmops_gateway_requests_total{model=""})', 2)
            await asking.until('fmops_gateway_tokens_total{namespace="support",model="tiny",kind="output"}', 20)
            assert await asking.value(f"fmops_gateway_time_to_first_token_seconds_count{MODEL}") == 4
            fastest = await asking.value(
                f"histogram_quantile(0.01, fmops_gateway_time_to_first_token_seconds_bucket{MODEL})"
            )
            assert fastest is not None
            assert fastest > 0.025, "each waited for 30 ms at least"
            toxic = '1 - fmops_toxicity_score_bucket{le="0.5"} / ignoring(le) fmops_toxicity_score_count'
            assert await asking.value(toxic) == pytest.approx(2 / 12)
            exemplars = await asking.ask("query_exemplars", f"fmops_gateway_time_to_first_token_seconds_bucket{MODEL}")
            assert {each["labels"]["trace_id"] for found in exemplars for each in found["exemplars"]} == {"ab" * 16}
            traffic = await Prometheus(session, url).traffic("support", "tiny")
            assert traffic.fault is None
            assert traffic.request.total > 0
            # increase() extrapolates, by how the scrapes happened to fall: the exact share was asked for above.
            assert 0 < traffic.toxicity.share_above(0.5) < 0.5
