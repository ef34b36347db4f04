"""Requests and whole answers under guard rails, and what clients hear of it."""

import asyncio
import json
from typing import Any

import pytest

from fmops_serving.gateway import relay
from fmops_serving.guard.finding import Finding
from fmops_serving.guard.pattern import Regex
from tests.support.gateway import COMPLETION, Call, chunks, engine, gateway, post, route, streams

SECRET = {"name": "secret", "detector": "Regex", "pattern": "(?i)forbidden phrase", "timeout": "30s"}
MAIL = {"name": "mail", "detector": "PersonalData", "kinds": ["Email"], "action": "Redact", "timeout": "30s"}
BAD = "a forbidden phrase"


def hello(content: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "tiny", "messages": [{"role": "user", "content": content}], **fields}


def says(body: Any, **how: Any) -> Any:
    async def behave(call: Call) -> None:
        call.answer(body, **how)

    return behave


def parts(*texts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


async def test_a_request_that_is_blocked_reaches_no_engine_and_its_refusal_quotes_nothing() -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[SECRET])) as running:
        for content in (BAD, parts("a forbidden ", "phrase")):
            answer = await running.ask(hello(content))
            assert (answer.status, answer.code) == (400, "content_filter")
            assert "guard rail secret" in answer.json["error"]["message"]
            assert b"forbidden" not in answer.body
        assert upstream.calls == []


async def test_what_is_redacted_is_what_the_engine_gets_whatever_came_twice() -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[MAIL])) as running:
        content = parts("Write to john@example.org", " and jane@example.org.")
        assert (await running.ask(hello(content))).status == 200
        assert upstream.calls[-1].json["messages"][0]["content"] == parts("Write to [Email]", " and [Email].")
        twice = b'{"model":"tiny","prompt":"john@example.org","prompt":"Hi"}'
        assert (await running.ask(twice, "/v1/completions")).status == 200
        assert b"john" not in upstream.calls[-1].body


@pytest.mark.parametrize(
    "content", [parts("Write to john@exam", "ple.org"), [{"type": "file", "file": {"file_data": "data:,a%40b.org"}}]]
)
async def test_what_cannot_be_redacted_where_it_stands_is_refused(content: Any) -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[MAIL])) as running:
        answer = await running.ask(hello(content))
        assert (answer.code, upstream.calls) == ("content_filter", [])
        assert "guard rail mail" in answer.json["error"]["message"]


async def test_a_request_that_nobody_can_read_is_refused_in_words() -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[SECRET])) as running:
        answer = await running.ask({"model": "tiny", "prompt": [1, 2]}, "/v1/completions")
        assert (answer.status, answer.code) == (400, "cannot_be_screened")
        assert upstream.calls == []


async def test_a_whole_answer_keeps_its_bytes_or_loses_the_choice_that_is_blocked() -> None:
    async with engine() as upstream, gateway(route(upstream, guardrails=[SECRET])) as running:
        odd = json.dumps(COMPLETION, indent=3).encode()
        upstream.behave = says(odd)
        assert (await running.ask(hello("Hi"))).body == odd
        message = {"role": "assistant", "content": BAD}
        upstream.behave = says({**COMPLETION, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        answer = await running.ask(hello("Hi"))
        assert answer.status == 200
        assert answer.json["choices"][0]["finish_reason"] == "content_filter"
        assert answer.json["usage"] == COMPLETION["usage"]
        assert b"forbidden" not in answer.body


@pytest.mark.parametrize(("text", "status"), [("Fine words.", 200), (BAD, 400)])
async def test_what_was_transcribed_may_be_plain_text(text: str, status: int) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ntiny\r\n--b--\r\n'
    rail = {**SECRET, "direction": "Output"}
    async with (
        engine(says(text.encode(), kind="text/plain")) as upstream,
        gateway(route(upstream, task="Transcription", guardrails=[rail])) as running,
    ):
        path, kind = "/v1/audio/transcriptions", "multipart/form-data; boundary=b"
        answer = await running.ask(form, path, content_type=kind)
        assert answer.status == status
        assert (answer.body == text.encode()) == (status == 200)


CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n'


async def test_a_stream_of_which_nothing_left_when_a_rail_failed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: Regex, text: str) -> list[Finding]:
        raise OSError(text)

    monkeypatch.setattr(Regex, "find", breaks)
    rail = {**SECRET, "direction": "Output"}
    events = streams(CHUNK % b"Fine. And", b"data: [DONE]\n\n")
    async with engine(events) as upstream, gateway(route(upstream, guardrails=[rail])) as running:
        answer = await running.ask(hello("Hi", stream=True))
        assert (answer.status, answer.code) == (503, "guardrail_unavailable")


async def test_a_client_hears_something_while_text_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT", 0.05)
    more = asyncio.Event()

    async def slowly(call: Call) -> None:
        call.start()
        call.event(CHUNK % b"No end")
        await more.wait()
        call.event(b"data: [DONE]\n\n")
        call.end()

    async with engine(slowly) as upstream, gateway(route(upstream, guardrails=[SECRET])) as running:
        reader, writer = await running.connect()
        writer.write(post(hello("Hi", stream=True)))
        async with asyncio.timeout(5):
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            pieces = chunks(reader)
            assert (await anext(pieces)).startswith(b": ")
            more.set()
            assert b"".join([piece async for piece in pieces]).endswith(CHUNK % b"No end" + b"data: [DONE]\n\n")
        writer.close()


async def test_the_fields_of_a_form_are_looked_at() -> None:
    def form(prompt: str) -> bytes:
        fields = {"model": "tiny", "prompt": prompt}
        parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
        return "".join([*parts, "--b--\r\n"]).encode()

    async with (
        engine(says({"text": "Fine."})) as upstream,
        gateway(route(upstream, task="Transcription", guardrails=[SECRET])) as running,
    ):
        path, kind = "/v1/audio/transcriptions", "multipart/form-data; boundary=b"
        assert (await running.ask(form("fine"), path, content_type=kind)).status == 200
        assert (await running.ask(form(BAD), path, content_type=kind)).code == "content_filter"
        assert len(upstream.calls) == 1
