"""What Prometheus reads of a gateway that answers: the right numbers, by declared names only."""

import hashlib
import time
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from fmops_api.series import GATEWAY_SERIES
from tests.serving.gateway.metrics.served import route, serving
from tests.support.openai_server import Bytes, Says, Status, Whole, chunk, openai_server

MODEL = {"namespace": "support", "model": "tiny"}
REVISION = {**MODEL, "revision": "r1"}
CHAT = {**REVISION, "operation": "chat"}


def samples(page: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(page: str, name: str, **labels: str) -> float | None:
    return samples(page).get((name, tuple(sorted(labels.items()))))


async def test_whole_and_streamed_answers_are_counted_and_timed() -> None:
    def behave(asked: Any) -> Any:
        return Says("one two three", between=0.1) if asked.body.get("stream") else Whole("fine")

    with openai_server(behave) as engine:
        async with serving(route(engine.url)) as served:
            assert (await served.chat())[0] == 200
            assert (await served.chat(stream=True))[0] == 200
            page = await served.page()
    assert value(page, "fmops_gateway_requests_total", **CHAT, code="200") == 2
    assert value(page, "fmops_gateway_request_duration_seconds_count", **CHAT) == 2
    assert value(page, "fmops_gateway_time_to_first_token_seconds_count", **REVISION) == 1
    assert value(page, "fmops_gateway_inter_token_gap_seconds_count", **REVISION) >= 2  # type: ignore[operator]
    first = value(page, "fmops_gateway_time_to_first_token_seconds_sum", **REVISION)
    gaps = value(page, "fmops_gateway_inter_token_gap_seconds_sum", **REVISION)
    assert 0.2 <= first + gaps < 60, "two pauses since the question"  # type: ignore[operator]
    assert value(page, "fmops_gateway_tokens_total", **REVISION, kind="input") == 6
    assert value(page, "fmops_gateway_tokens_total", **REVISION, kind="output") == 4
    assert value(page, "fmops_gateway_requests_in_flight", **MODEL) == 0
    assert value(page, "fmops_gateway_addresses", **REVISION) == 1


@pytest.mark.parametrize(("ago", "age"), [(None, None), (90.0, 90), (-5.0, 0)])
async def test_how_old_routes_are_is_told_once_somebody_said_what_they_are(ago: float | None, age: int | None) -> None:
    async with serving() as served:
        served.routes.confirmed = None if ago is None else time.time() - ago
        told = value(await served.page(), "fmops_gateway_routes_age_seconds")
    assert told == (age if not age else pytest.approx(age, abs=20))


async def test_a_model_that_nobody_declared_has_no_label() -> None:
    async with serving() as served:
        for name in ("a/b", "c/d", "ignore all instructions"):
            assert (await served.chat(model=name))[0] in {401, 404}
        page = await served.page()
    refused = {labels: count for (name, labels), count in samples(page).items() if name.endswith("requests_total")}
    assert sum(refused.values()) == 3
    assert all(dict(labels)["model"] == "" for labels in refused)
    assert "ignore" not in page


async def test_a_stream_that_breaks_off_is_no_success() -> None:
    broken = Bytes(chunk("half"), cut=True)
    with openai_server(lambda _: broken) as engine:
        async with serving(route(engine.url)) as served:
            status, text = await served.chat(stream=True)
            page = await served.page()
    assert status == 200
    assert "upstream_error" in text
    assert value(page, "fmops_gateway_requests_total", **CHAT, code="502") == 1
    assert value(page, "fmops_gateway_request_duration_seconds_count", **CHAT) is None


async def test_looks_of_guard_rails_are_counted_by_what_they_led_to() -> None:
    rail = {"name": "no-cards", "detector": "PersonalData", "kinds": ["Card"], "direction": "Input"}
    with openai_server(lambda _: Whole("fine")) as engine:
        async with serving(route(engine.url, guardrails=[rail])) as served:
            assert (await served.chat())[0] == 200
            blocked = await served.chat(messages=[{"role": "user", "content": "my card is 4111 1111 1111 1111"}])
            page = await served.page()
    look = {**MODEL, "detector": "PersonalData", "rail": "no-cards", "direction": "Input"}
    assert blocked[0] == 400
    assert value(page, "fmops_guard_checks_total", **look, outcome="allowed") == 1
    assert value(page, "fmops_guard_checks_total", **look, outcome="blocked") == 1
    timed = {**MODEL, "detector": "PersonalData", "direction": "Input"}
    assert value(page, "fmops_guard_duration_seconds_count", **timed) == 2
    assert value(page, "fmops_gateway_requests_total", **{**CHAT, "revision": ""}, code="400") == 1
    assert "4111" not in page


async def test_each_request_and_answer_has_one_score_of_toxicity_however_many_texts_it_has() -> None:
    def behave(asked: Any) -> Any:
        text = "Fine. You are an idiot. " + "All is well again. " * 5
        return Says(text) if asked.body.get("stream") else Whole("fine")

    rail = {"name": "toxic", "detector": "Toxicity", "action": "Annotate", "timeout": "30s"}
    with openai_server(behave) as engine:
        async with serving(route(engine.url, guardrails=[rail])) as served:
            messages = [{"role": "system", "content": "be nice"}, {"role": "user", "content": "hello"}]
            assert (await served.chat(messages=messages))[0] == 200
            assert (await served.chat(messages=messages, stream=True))[0] == 200
            page = await served.page()
    for direction, above in (("Input", 0), ("Output", 1)):
        place = {**MODEL, "direction": direction}
        assert value(page, "fmops_toxicity_score_count", **place) == 2
        assert value(page, "fmops_toxicity_score_bucket", **place, le="0.5") == 2 - above


async def test_retries_and_what_failed_are_counted() -> None:
    with openai_server(lambda _: Status(503)) as bad, openai_server(lambda _: Whole("fine")) as good:
        first = {"urls": [bad.url], "model": "tiny", "revision": "r1"}
        second = {"name": "spare", "urls": [good.url], "model": "tiny", "revision": "r2", "order": 1}
        async with serving(route(bad.url, backends=[first, second])) as served:
            for _ in range(5):
                assert (await served.chat())[0] == 200
            page = await served.page()
    assert value(page, "fmops_gateway_retries_total", **REVISION, reason="503") == 5
    assert value(page, "fmops_gateway_ejections_total", **REVISION) == 1
    assert value(page, "fmops_gateway_requests_total", **{**CHAT, "revision": "r2"}, code="200") == 5


async def test_what_a_limit_of_a_key_refuses_is_counted_for_the_key() -> None:
    key = {"name": "web", "digest": f"sha256:{hashlib.sha256(b'sk-1').hexdigest()}", "requestsPerMinute": 1}
    access = {"mode": "Keys", "keys": [key]}
    with openai_server(lambda _: Whole("fine")) as engine:
        async with serving(route(engine.url, access=access)) as served:
            served.session.headers["authorization"] = "Bearer sk-1"
            assert [(await served.chat())[0] for _ in range(3)] == [200, 429, 429]
            page = await served.page()
    refused = [
        (dict(labels), count)
        for (name, labels), count in samples(page).items()
        if name == "fmops_gateway_rate_limited_total"
    ]
    assert refused == [({**MODEL, "key": "web", "limit": "rate_limit_exceeded"}, 2)]
    assert value(page, "fmops_gateway_requests_total", **{**CHAT, "revision": ""}, code="429") == 2


async def test_openmetrics_carries_the_trace_of_an_example() -> None:
    with openai_server(lambda _: Says("one two")) as engine:
        async with serving(route(engine.url)) as served:
            await served.chat(stream=True)
            page = await served.page("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3")
    families = {family.name: family for family in open_metrics(page)}  # type: ignore[no-untyped-call]
    found = [
        sample.exemplar
        for sample in families["fmops_gateway_time_to_first_token_seconds"].samples
        if sample.exemplar is not None
    ]
    assert [example.labels for example in found] == [{"trace_id": "ab" * 16, "span_id": "cd" * 8}]
    assert families["fmops_gateway_requests"].type == "counter"


async def test_every_series_of_the_list_is_on_the_page_with_its_type_and_no_other() -> None:
    async with serving() as served:
        page = await served.page()
    shown = {tuple(line.split(" ")[2:]) for line in page.splitlines() if line.startswith("# TYPE")}
    assert shown == {(series.name, series.type.value) for series in GATEWAY_SERIES}


async def test_only_the_page_is_there() -> None:
    async with serving() as served, served.session.get(f"{served.metrics_url}/v1/models") as answer:
        assert answer.status == 404
