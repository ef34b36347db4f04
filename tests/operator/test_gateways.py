"""What gateways measured, read from their pages and from Prometheus, as if both were one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf

import aiohttp
import pytest
from aiohttp import web

from fmops_api.series import TIME_TO_FIRST_TOKEN
from fmops_operator.fetching import open_session
from fmops_operator.gateways import NoGateways, Pages, Prometheus, addresses, gateways, since
from fmops_operator.histogram import Counts
from fmops_operator.histogram_page import Series, read_page
from fmops_operator.settings import Settings
from fmops_serving.gateway.metrics.recorder import Recorder
from tests.serving.gateway.metrics.test_recorder import exchange

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def everybody_left(runner: web.AppRunner) -> None:
    """Wait until the server knows that its clients are gone, also one that came a moment ago and was given up."""
    for _ in range(20):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while runner.server is not None and runner.server.connections:  # noqa: ASYNC110 - aiohttp tells nobody of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    application = web.Application()
    application.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with open_session() as session:
            yield session, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await everybody_left(runner)
        await runner.cleanup()
        await asyncio.sleep(0.01)  # transports close a moment later, and not after the loop


def test_a_page_is_read_by_model_whatever_the_revision_and_only_what_answers_score() -> None:
    recorder = Recorder()
    for revision in ("r1", "r2"):
        recorder.first_token(exchange("a", revision), 0.3)
        recorder.toxicity(exchange("a", revision), "Output", 0.2)
        recorder.toxicity(exchange("a", revision), "Input", 0.9)
    found = read_page(recorder.page()[0].decode())
    first = found[Series(TIME_TO_FIRST_TOKEN.name, "support", "a")]
    assert first.total == 2
    assert first.share_above(0.3) == 0
    scores = found[Series("fmops_toxicity_score", "support", "a")]
    assert (scores.total, scores.share_above(0.5)) == (2, 0)


def test_gateways_are_added_up_and_one_that_began_anew_counts_from_zero() -> None:
    series = Series("s", "ns", "m")

    def counts(*below: float) -> Counts:
        return Counts.of(dict(zip((1.0, inf), below, strict=True)))

    now = {"a": {series: counts(5, 9)}, "b": {series: counts(1, 1)}, "c": {series: counts(2, 2)}}
    before = {"a": {series: counts(4, 6)}, "b": {series: counts(7, 8)}}
    assert since(now, before)[series] == counts(1 + 1 + 2, 3 + 1 + 2)


async def test_pages_tell_what_came_within_the_window() -> None:
    recorder, clock = Recorder(), [0.0]

    async def page(_: web.Request) -> web.Response:
        return web.Response(body=recorder.page()[0])

    recorder.first_token(exchange("a", "r1"), 60.0)
    async with answering(page) as (session, url):
        pages = Pages(session, f"{url}/metrics", lambda: clock[0])
        first = await pages._read()
        assert isinstance(first, str)
        assert "first time" in first
        for at in (200.0, 400.0, 600.0):
            clock[0] = at
            recorder.first_token(exchange("a", "r1"), 0.2)
            found = await pages._read()
    assert not isinstance(found, str)
    counts = found[Series(TIME_TO_FIRST_TOKEN.name, "support", "a")]
    assert counts.total == 2, "what came after the last reading that is older than five minutes"
    assert counts.quantile(1) == pytest.approx(0.2)


async def test_a_reading_serves_all_models() -> None:
    asked = []

    async def vectors(request: web.Request) -> web.Response:
        asked.append(request.query["query"])
        sample = {"metric": {"namespace": "ns", "model": "m", "le": "+Inf"}, "value": [1.0, "3.5"]}
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": [sample]}})

    async with answering(vectors) as (session, url):
        prometheus = Prometheus(session, f"{url}/")
        traffic = await prometheus.traffic("ns", "m")
        assert (traffic.fault, traffic.request.total) == (None, 3.5)
        assert (await prometheus.traffic("ns", "other")).request.total == 0
    assert len(asked) == 3
    assert "sum by (namespace, model, le) (increase(fmops_gateway_request_duration_seconds_bucket[300s]))" in asked


@pytest.mark.parametrize(
    "body", ["<html>", '{"status": "error"}', '{"status": "success", "data": {"resultType": "matrix"}}']
)
async def test_an_answer_that_is_none_is_told(body: str) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(text=body)

    async with answering(nonsense) as (session, url):
        fault = (await Prometheus(session, url).traffic("ns", "m")).fault
        assert fault is not None
        assert url in fault
        assert "<html>" not in fault


async def test_who_cannot_be_reached_is_told() -> None:
    async with open_session() as session:
        nobody = Settings(gateway_metrics_url="http://127.0.0.1:1/metrics")
        assert "cannot be read" in str((await gateways(session, nobody).traffic("ns", "m")).fault)
        assert isinstance(gateways(session, Settings()), NoGateways)


async def test_every_address_of_a_name_is_read() -> None:
    assert "http://127.0.0.1:8081/metrics" in await addresses("http://localhost:8081/metrics")
