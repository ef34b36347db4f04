"""Guard as an engine mounts it: what goes on, what comes back, and what is not answered at all."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import uvicorn

from fmops_serving import guard
from fmops_serving.guard.engine.answer import Message, Receive, Scope, Send
from fmops_serving.guard.engine.middleware import LARGEST, Guard
from fmops_serving.guard.engine.settings import OPEN_PATHS, RAILS
from tests.serving.guard.engine.stage import (
    CHAT,
    DONE,
    EVENTS,
    FINE,
    JSON,
    Engine,
    asked,
    chunk,
    completion,
    says,
)

FILE = """
guardrails:
  - {name: secret, detector: Regex, pattern: "forbidden phrase"}
  - {name: mail, detector: PersonalData, kinds: [Email], action: Redact}
"""


@pytest.fixture(autouse=True)
def rails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rails.yaml").write_text(FILE)
    monkeypatch.setenv(RAILS, str(tmp_path / "rails.yaml"))


async def test_what_is_clean_goes_through_byte_for_byte() -> None:
    engine = Engine([FINE[:9], FINE[9:]])
    body = json.dumps(says("hello"), indent=3).encode()
    answer = await asked(Guard(engine), body, cut=7)
    assert engine.asked == [(CHAT, body)]
    assert (answer.status, answer.body) == (200, FINE)
    assert answer.headers[b"content-length"] == str(len(FINE)).encode()


async def test_a_blocked_request_never_reaches_the_engine() -> None:
    engine = Engine([FINE])
    answer = await asked(Guard(engine), says("a forbidden phrase"))
    assert (answer.status, answer.code, engine.asked) == (400, "content_filter", [])


async def test_what_is_redacted_is_written_into_the_request() -> None:
    engine = Engine([FINE])
    await asked(Guard(engine), says("write to a@b.de"))
    assert json.loads(engine.asked[0][1])["messages"][0]["content"] == "write to [Email]"


async def test_a_blocked_answer_is_emptied_and_a_redacted_one_rewritten() -> None:
    blocked = await asked(Guard(Engine([completion("a forbidden phrase")])), says("hello"))
    assert blocked.json["choices"][0]["finish_reason"] == "content_filter"
    assert b"forbidden" not in blocked.body
    assert blocked.headers[b"content-length"] == str(len(blocked.body)).encode()
    redacted = await asked(Guard(Engine([completion("it is a@b.de")])), says("hello"))
    assert redacted.json["choices"][0]["message"]["content"] == "it is [Email]"


async def test_a_clean_stream_leaves_as_it_came() -> None:
    pieces = [chunk("One. "), chunk("Two. ")[:20], chunk("Two. ")[20:], chunk("", "stop"), DONE]
    answer = await asked(Guard(Engine(pieces, EVENTS)), says("hello", stream=True))
    assert answer.body == b"".join(pieces)


async def test_a_blocked_stream_ends_and_the_engine_is_told_that_the_client_is_gone() -> None:
    pieces = [chunk("Fine."), chunk(" A forbidden "), chunk("phrase. "), chunk("more. "), chunk("more. "), DONE]
    engine = Engine(pieces, EVENTS)
    answer = await asked(Guard(engine), says("hello", stream=True))
    assert b"Fine." in answer.body
    assert b"forbidden" not in answer.body
    assert b'"content_filter"' in answer.body
    assert answer.body.endswith(DONE)
    assert engine.sent == 3
    assert (type(engine.fault), engine.told_gone) == (OSError, True)


REFUSED = [
    ("POST", "/invocations"), ("POST", "/inference/v1/generate"), ("POST", "/v1/messages"),
    ("POST", "/generative_scoring"),
    ("POST", "/v1/chat/completions/batch"), ("POST", "/v1/audio/transcriptions"), ("POST", "/cohere/v2/chat"),
    ("POST", "/v1/chat/completions/"), ("POST", "//v1/chat/completions"), ("POST", "/V1/chat/completions"),
    ("POST", "/v1/load_lora_adapter"), ("GET", "/v1/responses/resp_1"), ("GET", CHAT), ("POST", "/what/comes/next"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), REFUSED)
async def test_what_is_not_known_to_be_screened_is_not_answered(method: str, path: str) -> None:
    engine = Engine([FINE])
    answer = await asked(Guard(engine), says("hello"), path, method)
    assert (answer.status, answer.code, engine.asked) == (403, "path_not_screened", [])


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("GET", "/metrics"), ("POST", "/tokenize")])
async def test_what_generates_nothing_passes(method: str, path: str) -> None:
    passed = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    assert (await asked(Guard(app), {}, path, method)).body == b"ok"
    assert passed == [path]


async def test_paths_are_opened_by_name_and_a_prefix_of_the_application_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(OPEN_PATHS, "/invocations, /v1/load_lora_adapter")
    engine = Engine([FINE])
    app = Guard(engine)
    refused = await asked(app, says("a forbidden phrase"), "/api" + CHAT, root_path="/api")
    assert refused.code == "content_filter"
    assert (await asked(app, says("hello"), "/api" + CHAT, root_path="/api")).body == FINE


DEEP = 100_000
"""Over every limit of recursion: libraries that other tests load raise Python's."""
UNREADABLE: list[tuple[bytes, int, str]] = [
    (b"", 400, "cannot_be_screened"),
    (b"[]", 400, "cannot_be_screened"),
    (b'{"a": NaN}', 400, "cannot_be_screened"),
    ('{"messages": []}'.encode("utf-16"), 400, "cannot_be_screened"),
    (b'{"messages": "\xff"}', 400, "cannot_be_screened"),
    (b'{"messages": ' + b"[" * DEEP + b'"x"' + b"]" * DEEP + b"}", 400, "cannot_be_screened"),
    (b'{"prompt": [1, 2, 3]}', 400, "cannot_be_screened"),
    (b" " * (LARGEST + 1), 413, "request_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), UNREADABLE, ids=[str(each[0][:16]) for each in UNREADABLE])
async def test_what_cannot_be_read_is_refused(body: bytes, status: int, code: str) -> None:
    engine = Engine([FINE])
    answer = await asked(Guard(engine), body)
    assert (answer.status, answer.code, engine.asked) == (status, code, [])


UNSCREENED: list[tuple[str, list[tuple[bytes, bytes]], bytes]] = [
    ("sound", [(b"content-type", b"audio/wav")], b"RIFF"),
    ("no type", [], b"{}"),
    ("compressed", [*JSON, (b"content-encoding", b"gzip")], b"\x1f\x8b"),
    ("no JSON", JSON, b"a forbidden phrase"),
    ("deeply nested", JSON, b'{"choices": ' + b"[" * DEEP + b'"x"' + b"]" * DEEP + b"}"),
]


@pytest.mark.parametrize(("headers", "body"), [each[1:] for each in UNSCREENED], ids=[each[0] for each in UNSCREENED])
async def test_an_answer_that_cannot_be_read_does_not_leave(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    answer = await asked(Guard(Engine([body], headers)), says("hello"))
    assert answer.status == 502
    assert body not in answer.body


async def test_an_error_of_the_engine_passes() -> None:
    answer = await asked(Guard(Engine([b'{"error": {}}'], status=404)), says("hello"))
    assert (answer.status, answer.body) == (404, b'{"error": {}}')


async def test_a_fault_of_the_application_is_the_server_s_to_answer() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await asked(Guard(broken), says("hello"))


async def test_a_websocket_is_closed_before_it_opens() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Guard(Engine([]))({"type": "websocket", "path": "/v1/realtime"}, _never, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "this server screens no websockets"}]


async def _never() -> Message:
    raise AssertionError


def test_it_has_the_name_that_an_engine_is_given() -> None:
    assert guard.Guard is Guard
    with pytest.raises(AttributeError, match="has no attribute 'guard'"):
        _ = guard.guard


@asynccontextmanager
async def served(app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> AsyncIterator[str]:
    """Serve by uvicorn, as vLLM does."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.ensure_future(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - all that uvicorn tells
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()


async def test_over_real_http_a_stream_is_cut_off_and_the_engine_stops() -> None:
    stopped = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": EVENTS})
        try:
            while True:
                for word in ("Fine. ", "A forbidden ", "phrase. "):
                    await send({"type": "http.response.body", "body": chunk(word), "more_body": True})
                    await asyncio.sleep(0)
        finally:
            stopped.set()

    async with served(Guard(endless)) as url, aiohttp.ClientSession() as session:
        async with session.post(url + CHAT, json=says("hello", stream=True)) as response:
            body = await response.read()
        await asyncio.wait_for(stopped.wait(), 5)
        async with session.post(url + CHAT, json=says("a forbidden phrase")) as response:
            assert response.status == 400
    assert body.endswith(DONE)
    assert b"forbidden" not in body
