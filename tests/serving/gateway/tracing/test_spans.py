"""Spans as a collector gets them: whose children they are, what they say, and what they must not."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fmops_api.route import Route
from fmops_serving.gateway.tracing.tracing import Tracing
from fmops_serving.gateway.upstream.patience import Patience
from tests.serving.gateway.prompts.catalogs import shelf
from tests.support.gateway import Call, Running, engine, gateway, post, route, says_hello, streams
from tests.support.otlp_receiver import Collector, Received, collector

TRACE, PARENT = "ab" * 16, "cd" * 8
SAMPLED = f"00-{TRACE}-{PARENT}-01"
SECRET = "voldemort"
HELLO = {"model": "tiny", "messages": [{"role": "user", "content": f"Hi {SECRET}"}], "temperature": 0.5}
RAIL = {"name": "names", "detector": "Regex", "pattern": f"(?i){SECRET}"}


@pytest.fixture
def collecting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=support")
        yield running


@asynccontextmanager
async def traced(*routes: Route, **more: Any) -> AsyncIterator[Running]:
    """Run a gateway that makes spans, and send all of them at its end."""
    tracing = Tracing(os.environ)
    try:
        async with gateway(*routes, tracing=tracing, **more) as running:
            yield running
    finally:
        await asyncio.to_thread(tracing.close)


def by_kind(spans: list[Received]) -> tuple[Received, list[Received]]:
    """Give the span of the request and those of its attempts."""
    (request,) = [each for each in spans if each.kind == "SERVER"]
    return request, [each for each in spans if each.kind == "CLIENT"]


async def test_a_request_and_its_attempt_are_spans_of_the_clients_trace(collecting: Collector) -> None:
    reply = {
        "id": "c1", "object": "chat.completion", "model": "real-0612",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": '"model": "x"'}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}},
    }  # fmt: skip

    async def answers(call: Call) -> None:
        call.answer(reply)

    async with engine(answers) as upstream, traced(route(upstream)) as running:
        headers = {"traceparent": SAMPLED, "tracestate": "vendor=1", "x_request_id": "r-1"}
        assert (await running.ask(HELLO, **headers)).json == reply
        page, _ = running.recorder.page("application/openmetrics-text")
    request, (attempt,) = by_kind(collecting.spans)
    assert (request.name, request.trace, request.parent) == ("chat support/tiny", TRACE, PARENT)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/chat/completions",
        "http.response.status_code": 200,
        "fmops.request_id": "r-1",
        "fmops.key": "web",
        "fmops.revision": "",
        "openai.api.type": "chat_completions",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "support/tiny",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.model": "real-0612",
        "gen_ai.response.id": "c1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 1,
        "gen_ai.usage.cache_read.input_tokens": 2,
    }
    assert (attempt.name, attempt.trace, attempt.parent) == ("chat real", TRACE, request.id)
    assert attempt.attributes["server.address"] == "127.0.0.1"
    assert attempt.attributes["server.port"] == int(upstream.url.rsplit(":")[-1].split("/")[0])
    assert attempt.attributes["http.response.status_code"] == 200
    assert not {"error.type", "http.request.resend_count"} & set(attempt.attributes)
    sent = upstream.calls[0].headers
    assert (sent["traceparent"], sent["tracestate"]) == (f"00-{TRACE}-{attempt.id}-01", "vendor=1")
    assert f'trace_id="{TRACE}",span_id="{request.id}"'.encode() in page
    assert request.resource["service.name"] == "fmops-gateway"
    assert collecting.headers[0]["x-tenant"] == "support"
    assert SECRET.encode() not in b"".join(collecting.bodies)


async def test_without_a_trace_of_the_clients_one_begins_and_a_stream_is_read_as_it_leaves(
    collecting: Collector,
) -> None:
    events = [
        b'data: {"id":"c2","model":"real-1","choices":[{"index":0,"delta":{"content":"It is %s"}}]}\n\n'
        % SECRET.encode(),
        b'data: {"id":"c2","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n',
        b"data: [DONE]\n\n",
    ]
    rail = {**RAIL, "direction": "Output", "streaming": "Window", "action": "Redact"}
    async with engine(streams(*events)) as upstream, traced(route(upstream, guardrails=[rail])) as running:
        for _ in range(2):  # the second one over the connection that the first one opened
            assert SECRET.encode() not in (await running.ask({**HELLO, "stream": True})).body
    requests = [each for each in collecting.spans if each.kind == "SERVER"]
    assert len({each.trace for each in requests}) == 2
    for request, call in zip(requests, upstream.calls, strict=True):
        assert request.parent == ""
        assert call.headers["traceparent"].startswith(f"00-{request.trace}-")
        said = request.attributes
        assert (said["gen_ai.request.stream"], said["gen_ai.response.model"]) == (True, "real-1")
        assert said["gen_ai.response.finish_reasons"] == ["stop"]
        assert 0 < said["gen_ai.response.time_to_first_chunk"] < 60
        assert said["gen_ai.usage.output_tokens"] == 2
        assert said["fmops.guard.outcome"] == "redacted"
        assert [
            (each["name"], each["fmops.guard.rail"], each["fmops.guard.direction"], each["fmops.guard.outcome"])
            for each in request.events
        ] == [("fmops.guard", "names", "Output", "redacted")]
    assert SECRET.encode() not in b"".join(collecting.bodies)


async def test_a_blocked_request_is_told_without_its_text_and_asks_nobody(collecting: Collector) -> None:
    rail = {**RAIL, "direction": "Input", "action": "Block"}
    async with engine() as upstream, traced(route(upstream, guardrails=[rail])) as running:
        assert (await running.ask(HELLO)).code == "content_filter"
    request, attempts = by_kind(collecting.spans)
    assert (attempts, request.failed) == ([], False)
    assert request.attributes["error.type"] == "content_filter"
    assert request.attributes["http.response.status_code"] == 400
    assert request.attributes["fmops.guard.outcome"] == request.events[0]["fmops.guard.outcome"] == "blocked"
    assert SECRET.encode() not in b"".join(collecting.bodies)


async def test_each_address_that_was_asked_is_a_span(collecting: Collector) -> None:
    async def busy(call: Call) -> None:
        call.answer({"error": {"message": SECRET}}, 503)

    async with engine(busy) as bad, engine() as good:
        nobody = {"name": "gone", "urls": ["http://127.0.0.1:9/v1"], "model": "real"}
        second = {"name": "busy", "urls": [bad.url], "model": "real", "order": 1}
        third = {"name": "good", "urls": [good.url], "model": "claude", "order": 2, "revision": "r2"}
        async with traced(route(backends=[nobody, second, third])) as running:
            assert (await running.ask(HELLO)).status == 200
    request, attempts = by_kind(collecting.spans)
    assert [
        (each.attributes["fmops.backend"], each.attributes.get("error.type"), each.failed) for each in attempts
    ] == [("gone", "unreachable", True), ("busy", "503", True), ("good", None, False)]
    assert [each.attributes.get("http.request.resend_count") for each in attempts] == [None, 1, 2]
    assert {each.parent for each in attempts} == {request.id}
    assert (request.attributes["fmops.revision"], request.failed) == ("r2", False)
    assert bad.calls[0].headers["traceparent"] != good.calls[0].headers["traceparent"]


async def half(call: Call) -> None:
    call.start()
    call.event(b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
    await asyncio.sleep(0.05)
    call.cut()


async def hangs(call: Call) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("behave", "body", "status", "errors"),
    [
        (half, {**HELLO, "stream": True}, 200, ["upstream_error", "closed"]),
        (hangs, HELLO, 504, ["upstream_timeout", "first_byte_timeout"]),
        (says_hello, {**HELLO, "model": "nobody"}, 404, ["model_not_found"]),
        (says_hello, {**HELLO, "model": 3}, 400, ["missing_model"]),
    ],
    ids=["broken off", "too late", "unknown", "nonsense"],
)
async def test_errors_have_types(collecting: Collector, behave: Any, body: Any, status: int, errors: list[str]) -> None:
    async with engine(behave) as upstream, traced(route(upstream), patience=Patience(first_byte=0.1)) as running:
        assert (await running.ask(body)).status == status
    request, attempts = by_kind(collecting.spans)
    assert [each.attributes["error.type"] for each in (request, *attempts)] == errors
    assert request.attributes["http.response.status_code"] == status
    assert request.failed is (len(errors) == 2)


async def test_a_client_that_left_is_no_answer(collecting: Collector) -> None:
    async with engine(hangs) as upstream, traced(route(upstream)) as running:
        _, writer = await running.connect()
        writer.write(post(HELLO))
        await upstream.arrived.wait()
        writer.transport.abort()
        await asyncio.wait_for(upstream.calls[0].gone.wait(), 5)
    request, (attempt,) = by_kind(collecting.spans)
    assert request.attributes["error.type"] == "client_disconnected"
    assert "http.response.status_code" not in request.attributes
    assert attempt.attributes["error.type"] == "_OTHER"


async def test_steps_of_a_chain_are_children_of_the_call(collecting: Collector) -> None:
    async with engine() as upstream:
        models = (route(upstream), route(upstream, name="other"))
        async with traced(*models, shelf=shelf()) as running:
            called = {"model": "tiny", "variables": {"document": SECRET}}
            assert (await running.ask(called, "/v1/chains/support/desk/ticket")).status == 200
    request, attempts = by_kind(collecting.spans)
    steps = [each for each in collecting.spans if each.kind == "INTERNAL"]
    assert request.name == "POST /v1/chains/{namespace}/{catalog}/{name}"
    assert [each.name for each in steps] == ["chat support/other", "chat support/tiny"]
    assert {each.parent for each in steps} == {request.id}
    assert [each.parent for each in attempts] == [each.id for each in steps]
    assert SECRET.encode() not in b"".join(collecting.bodies)


async def test_what_the_client_does_not_sample_is_not_sent_but_passed_on(collecting: Collector) -> None:
    async with engine() as upstream, traced(route(upstream)) as running:
        assert (await running.ask(HELLO, traceparent=f"00-{TRACE}-{PARENT}-00")).status == 200
        assert (await running.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).status == 200
    assert collecting.spans == []
    version, trace, _, flags = upstream.calls[0].headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "00")


async def test_a_collector_that_does_not_answer_loses_spans_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
        async with engine() as upstream, traced(route(upstream)) as running:
            for _ in range(20):
                assert json.loads((await running.ask(HELLO)).body)["id"] == "c1"
    assert "Queue full" in caplog.text


def test_an_end_does_not_wait_for_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "6")
        monkeypatch.setattr("fmops_serving.gateway.tracing.tracing.LAST_WORDS", 0.1)
        tracing = Tracing(os.environ)
        tracing._tracer.start_span("last").end()
        began = time.monotonic()
        tracing.close()
        assert 0.1 <= time.monotonic() - began < 5
        tracing._provider.shutdown()
