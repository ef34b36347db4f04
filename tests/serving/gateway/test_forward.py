"""Asking engines: which, how often, and what the client hears when they fail."""

import asyncio
import json

import pytest

from fmops_serving.gateway.retry import RetryBudget
from fmops_serving.gateway.upstream.patience import Patience
from tests.support.gateway import (
    COMPLETION,
    Behaviour,
    Call,
    engine,
    gateway,
    route,
    says_hello,
    streams,
)

HELLO = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "seed": 7, "of_tomorrow": {"a": [1.50]}}
DRAINING = {"error": {"message": "cannot schedule new futures after shutdown", "code": 500}}
EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'
DONE = b"data: [DONE]\n\n"
NOBODY = "http://127.0.0.1:9/v1"


async def refuses(call: Call) -> None:
    call.answer({"error": {"message": "busy"}}, 503)


async def drains(call: Call) -> None:
    call.answer(DRAINING, 500)


async def breaks(call: Call) -> None:
    call.cut()


async def hangs(call: Call) -> None:
    await asyncio.sleep(60)


async def babbles(call: Call) -> None:
    call.writer.write(b"hello, this is no HTTP\r\n\r\n")


async def half(call: Call) -> None:
    call.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
    call.cut()


async def test_a_request_goes_on_as_it_came_but_for_the_models_name() -> None:
    body = json.dumps(HELLO, indent=3).encode()
    async with engine() as upstream, gateway(route(upstream)) as running:
        answer = await running.ask(body, traceparent="00-ab-cd-01", cookie="c", x_request_id="r-1")
        assert (answer.status, answer.json) == (200, COMPLETION)
        call = upstream.calls[0]
        assert call.body == body.replace(b'"tiny"', b'"real"')
        assert call.path == "/v1/chat/completions"
        assert (call.headers["traceparent"], call.headers["x-request-id"]) == ("00-ab-cd-01", "r-1")
        assert not {"cookie", "authorization"} & set(call.headers), "the client's own stay behind"


async def test_a_providers_key_is_sent_and_its_refusal_is_not_the_clients_fault() -> None:
    async def unauthorized(call: Call) -> None:
        call.answer({"error": {"message": "bad key sk-provider"}}, 401)

    async with (
        engine() as upstream,
        gateway(route(backends=[{"urls": [upstream.url], "model": "real", "apiKey": "sk-provider"}])) as running,
    ):
        await running.ask(HELLO)
        assert upstream.calls[0].headers["authorization"] == "Bearer sk-provider"
        upstream.behave = unauthorized
        answer = await running.ask(HELLO)
        assert (answer.status, answer.code) == (502, "upstream_unauthorized")
        assert b"sk-provider" not in answer.body


@pytest.mark.parametrize("fault", [refuses, drains, breaks, hangs, babbles, half], ids=lambda each: each.__name__)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_another_address_answers_when_one_fails_before_anything_was_sent(fault: Behaviour, stream: bool) -> None:
    good = streams(EVENT, USAGE, DONE) if stream else says_hello
    async with engine(fault) as bad, engine(good) as better:
        both = route(
            backends=[
                {"name": "first", "urls": [bad.url], "model": "real"},
                {"name": "second", "urls": [better.url], "model": "other", "order": 1},
            ]
        )
        async with gateway(both, patience=Patience(first_byte=0.3)) as running:
            answer = await running.ask({**HELLO, "stream": stream})
            assert answer.status == 200
            assert answer.body == (EVENT + USAGE + DONE if stream else json.dumps(COMPLETION).encode())
            assert (len(bad.calls), len(better.calls)) == (1, 1)
            assert better.calls[0].json["model"] == "other"


@pytest.mark.parametrize(
    ("behave", "status", "code"),
    [
        (refuses, 503, None),
        (breaks, 502, "upstream_error"),
        (hangs, 504, "upstream_timeout"),
        (babbles, 502, "upstream_error"),
        (half, 502, "upstream_error"),
    ],
    ids=["refuses", "breaks", "hangs", "babbles", "half"],
)
async def test_the_client_is_told_when_nobody_answers(behave: Behaviour, status: int, code: str | None) -> None:
    async with (
        engine(behave) as upstream,
        gateway(route(upstream), patience=Patience(first_byte=0.2)) as running,
    ):
        answer = await running.ask(HELLO)
        assert answer.status == status
        assert code is None or answer.code == code
        assert status != 503 or answer.headers["retry-after"] == "1"


async def trickles(call: Call) -> None:
    call.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
    while True:
        await asyncio.sleep(0.02)
        call.writer.write(b" ")


async def lasts(call: Call) -> None:
    call.start()
    for _ in range(6):
        await asyncio.sleep(0.05)
        call.event(EVENT)
    call.event(DONE)
    call.end()


@pytest.mark.parametrize("behave", [hangs, trickles])
async def test_a_request_ends_in_time_whatever_comes_and_nobody_else_is_asked(behave: Behaviour) -> None:
    async with engine(behave) as first, engine(behave) as second, gateway(route(first, second), request_time=0.2) as it:
        answer = await asyncio.wait_for(it.ask(HELLO), 5)
        assert (answer.status, answer.code) == (504, "upstream_timeout")
        assert answer.json["error"]["message"] == "the model did not answer (request_timeout, 1 tried)"
        assert len(first.calls) + len(second.calls) == 1


async def test_no_address_is_asked_when_all_the_time_was_spent_on_others() -> None:
    async with engine(hangs) as slow, engine() as good:
        both = route(
            backends=[
                {"name": "first", "urls": [slow.url], "model": "real"},
                {"name": "second", "urls": [good.url], "model": "real", "order": 1},
            ]
        )
        async with gateway(both, patience=Patience(first_byte=0.1), request_time=0.3) as running:
            assert (await running.ask(HELLO)).status == 200, "there was time for another"
        async with gateway(both, patience=Patience(first_byte=0.2), request_time=0.15) as running:
            assert (await running.ask(HELLO)).status == 504


@pytest.mark.parametrize("told", [True, False], ids=["asked for", "not asked for"])
async def test_a_stream_may_last_longer(told: bool) -> None:
    async with engine(lasts) as upstream, gateway(route(upstream), request_time=0.2) as running:
        answer = await running.ask({**HELLO, "stream": told})
        assert answer.body == EVENT * 6 + DONE


async def test_nobody_listening_is_told_too() -> None:
    async with gateway(route(NOBODY)) as running:
        assert (await running.ask(HELLO)).code == "upstream_error"


async def test_the_engines_own_complaint_reaches_the_client_untouched_and_is_not_retried() -> None:
    complaint = {"error": {"message": "max_tokens is too large", "type": "BadRequestError", "param": None, "code": 400}}

    async def complains(call: Call) -> None:
        call.answer(complaint, 400)

    async with engine(complains) as one, engine(complains) as two, gateway(route(one, two)) as running:
        answer = await running.ask(HELLO)
        assert (answer.status, answer.json) == (400, complaint)
        assert len(one.calls) + len(two.calls) == 1


async def test_a_page_of_html_is_no_answer() -> None:
    async def html(call: Call) -> None:
        call.answer(b"<html>Bad gateway</html>", 500, kind="text/html")

    async with engine(html) as upstream, gateway(route(upstream)) as running:
        answer = await running.ask(HELLO)
        assert (answer.status, answer.code) == (502, "upstream_error")


async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_unseen() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        await running.ask(HELLO)
        upstream.calls[0].cut()
        await asyncio.sleep(0.05)
        assert (await running.ask(HELLO)).status == 200


async def test_the_least_busy_address_is_asked() -> None:
    async with engine(hangs) as busy, engine() as free, gateway(route(busy, free)) as running:
        waiting = [asyncio.create_task(running.ask(HELLO)) for _ in range(2)]
        await asyncio.wait_for(busy.arrived.wait(), 5)
        assert [(await running.ask(HELLO)).status for _ in range(6)] == [200] * 6
        assert (len(busy.calls), len(free.calls)) == (1, 7)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_address_that_fails_again_and_again_is_left_out_and_asked_when_all_are() -> None:
    async with engine(breaks) as bad, engine() as good, gateway(route(bad, good)) as running:
        for _ in range(40):
            assert (await running.ask(HELLO)).status == 200
        assert len(bad.calls) == 5
        good.behave = breaks
        await running.ask(HELLO)
        assert len(bad.calls) == 6


async def test_only_what_was_sent_to_one_pod_is_spared_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RetryBudget, "RESERVE", 0.0)
    monkeypatch.setattr(RetryBudget, "SHARE", 0.0)
    async with engine() as good, gateway(route(NOBODY, good)) as running:
        assert [(await running.ask(HELLO)).status for _ in range(20)] == [200] * 20, "nothing was sent yet"
    async with engine(breaks) as bad, engine() as good, gateway(route(bad, good)) as running:
        statuses = [(await running.ask(HELLO)).status for _ in range(40)]
        assert statuses.count(502) == len(bad.calls) == 5, "each engine would be asked twice as often"


async def test_a_form_names_its_model_too() -> None:
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
        b'RIFF\x00\xff\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ntiny\r\n--b--\r\n'
    )
    async with engine() as upstream, gateway(route(upstream, task="Transcription")) as running:
        path = "/v1/audio/transcriptions"
        answer = await running.ask(form, path, content_type="multipart/form-data; boundary=b")
        assert answer.status == 200
        assert upstream.calls[0].body == form.replace(b"\r\ntiny\r\n", b"\r\nreal\r\n")
        assert upstream.calls[0].headers["content-type"] == "multipart/form-data; boundary=b"
        twice = form.replace(b'"file"; filename="a.wav"', b'"model"')
        assert (await running.ask(twice, path, content_type="multipart/form-data; boundary=b")).code == "missing_model"


async def test_a_model_is_asked_only_for_what_it_does() -> None:
    async with engine() as upstream, gateway(route(upstream, task="Embedding")) as running:
        assert (await running.ask(HELLO)).code == "unsupported_task"
        assert upstream.calls == []


async def test_a_fallback_at_the_same_address_is_asked_too() -> None:
    async def only_the_other(call: Call) -> None:
        call.answer(COMPLETION) if call.json["model"] == "other" else call.answer({"error": {"message": "busy"}}, 429)

    async with engine(only_the_other) as upstream:
        first = {"name": "first", "urls": [upstream.url], "model": "real"}
        second = {"name": "second", "urls": [upstream.url], "model": "other", "order": 1}
        async with gateway(route(backends=[first, second])) as running:
            assert (await running.ask(HELLO)).json == COMPLETION
        assert [call.json["model"] for call in upstream.calls] == ["real", "other"]
