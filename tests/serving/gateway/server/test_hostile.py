"""What no client should send: the gateway says what is wrong, closes, and no engine hears of it."""

import asyncio

import pytest

from fmops_serving.gateway.server.limits import Limits
from tests.support.gateway import COMPLETION, KEY, engine, gateway, post, read_answer, route

HELLO = b'{"model": "tiny", "messages": []}'
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + KEY.encode() + b"\r\n"

SMUGGLING = {
    "two lengths": HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "two equal lengths": HEAD + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a length and chunks": HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "chunks that are hidden": HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks within another coding": HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks twice": HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a header that goes on in the next line": HEAD + b"x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}",
    "a bare line feed in a header": HEAD + b"x-a: b\nc: d\r\n\r\n",
    "a bare carriage return": HEAD + b"x-a: b\rc: d\r\n\r\n",
    "a NUL in a header": HEAD + b"x-a: b\x00c\r\ncontent-length: 2\r\n\r\n{}",
    "a length with a sign": HEAD + b"content-length: +5\r\n\r\nhello",
    "a length below zero": HEAD + b"content-length: -5\r\n\r\nhello",
    "a length in hexadecimal": HEAD + b"content-length: 0x5\r\n\r\nhello",
    "a length of many digits": HEAD + b"content-length: " + b"9" * 400 + b"\r\n\r\n",
    "a chunk of a size that is none": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "a chunk longer than it says": HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    "no host": b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}",
    "two hosts": HEAD + b"host: y\r\ncontent-length: 2\r\n\r\n{}",
    "two keys": HEAD + b"authorization: Bearer other\r\ncontent-length: 2\r\n\r\n{}",
    "no HTTP": b"hello there\r\n\r\n",
    "the next protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    "a target with a space": b"POST /v1/chat completions HTTP/1.1\r\nhost: x\r\n\r\n",
    "a target that is no path": b"POST ftp://x/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("raw", SMUGGLING.values(), ids=SMUGGLING)
async def test_a_request_that_two_readers_could_read_in_two_ways_is_refused_and_the_connection_closed(
    raw: bytes,
) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(raw)
        answer = await read_answer(reader)
        assert answer.status in {400, 413}
        assert answer.json["error"]["type"] == "invalid_request_error"
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert upstream.calls == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414, "url_too_long"),
        (HEAD + b"x: y\r\n" * 100 + b"\r\n", 431, "headers_too_large"),
        (HEAD + b"".join(b"x-%d: y\r\n" % number for number in range(100_000)) + b"\r\n", 431, "headers_too_large"),
        (HEAD + b"x-a: " + b"y" * 70_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (HEAD + b"x-a: " + b"y" * 400_000, 431, "headers_too_large"),
        (HEAD + b"content-length: 2000\r\n\r\n", 413, "request_too_large"),
        (
            HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n",
            413,
            "request_too_large",
        ),
        (HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", 415, "unsupported_encoding"),
    ],
    ids=[
        "url",
        "headers",
        "a hundred thousand headers",
        "a header",
        "a header without end",
        "length",
        "chunks",
        "gzip",
    ],
)
async def test_what_goes_beyond_a_bound_is_refused_by_its_own_status(raw: bytes, status: int, code: str) -> None:
    async with engine() as upstream, gateway(route(upstream), limits=Limits(body=1000)) as running:
        answer = await running.send(raw)
        assert (answer.status, answer.code) == (status, code)
        assert upstream.calls == []


BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "text that is no UTF-8": b'{"model": "\xff"}',
    "a million brackets": b'{"model": "tiny", "messages": ' + b"[" * 1_000_000 + b"}",
    "a number that is none": b'{"model": "tiny", "n": NaN}',
    "no model": b"{}",
    "a model that is no text": b'{"model": 7}',
    "an empty model": b'{"model": ""}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_cannot_be_read_is_refused_and_the_connection_goes_on(body: bytes) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post(body))
        assert (await read_answer(reader)).status == 400
        assert upstream.calls == []
        writer.write(post(HELLO))
        assert (await read_answer(reader)).json == COMPLETION
        writer.close()


PATHS = [
    "/invocations", "/adapters", "/v1/load_lora_adapter", "/sleep?level=1", "/wake_up", "/collective_rpc", "/metrics",
    "/v1//chat/completions", "/v1/./chat/completions", "/v1/x/../chat/completions", "/v1/chat%2fcompletions",
    "/V1/chat/completions", "/v1/chat/completions/", "/v1/chat/completions;x=1", "//v1/chat/completions", "/",
    "/v1/chat/completions%00", "/v1/messages", "/inference/v1/generate", "/v1/completions/render", "/tokenize",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_that_is_not_listed_reaches_no_engine(path: str) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        answer = await running.ask(HELLO, path)
        assert (answer.status, answer.code) == (404, "not_found")
        assert upstream.calls == []


async def test_a_head_that_drips_is_cut_off_and_others_are_served_meanwhile() -> None:
    async with engine() as upstream, gateway(route(upstream), limits=Limits(head_time=0.2)) as running:
        reader, writer = await running.connect()
        writer.write(HEAD)
        assert (await running.ask(HELLO)).status == 200
        answer = await read_answer(reader)
        assert (answer.status, answer.code) == (408, "request_timeout")
        writer.close()


async def test_requests_that_come_together_are_answered_in_their_order() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post(HELLO, x_request_id="one") + b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n" + post(HELLO))
        answers = [await read_answer(reader) for _ in range(3)]
        assert [each.status for each in answers] == [200, 404, 200]
        assert answers[0].headers["x-request-id"] == "one"
        writer.close()


async def test_a_request_id_that_could_be_misread_is_replaced() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        answer = await running.ask(HELLO, x_request_id="a b\t{}")
        assert len(answer.headers["x-request-id"]) == 32
        assert upstream.calls[0].headers["x-request-id"] == answer.headers["x-request-id"]


async def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        head, _, body = post(HELLO, expect="100-continue").partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert (await read_answer(reader)).status == 200
        writer.close()


async def test_what_an_engine_would_read_another_way_is_written_anew() -> None:
    twice = b'{"model": "other", "messages": [], "mod\\u0065l": "tiny", "model": "tiny"}'
    nested = b'{"mod\\u0065l": "tiny", "metadata": {"model": "tiny"}}'
    async with engine() as upstream, gateway(route(upstream)) as running:
        await running.ask(twice)
        await running.ask(nested)
        assert upstream.calls[0].body.count(b"model") == 1
        assert upstream.calls[0].json["model"] == "real"
        assert upstream.calls[1].json == {"model": "real", "metadata": {"model": "tiny"}}
