"""Clients that keep to the grammar, each in its own way: what they get, and what the gateway keeps for them."""

import asyncio

import pytest

from fmops_serving.gateway.server.limits import Limits
from tests.support.gateway import COMPLETION, KEY, Call, Running, chunks, engine, gateway, post, read_answer, route

HELLO = b'{"model": "tiny", "messages": []}'
STREAM = b'{"model": "tiny", "messages": [], "stream": true}'
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + KEY.encode() + b"\r\n"
CHUNKS = HEAD + b"transfer-encoding: chunked\r\n\r\n"
EVENT = b"data: " + b"x" * 65_536 + b"\n\n"


def chunked(body: bytes, size: int, extension: bytes = b"") -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in pieces)


async def exchange(running: Running, raw: bytes) -> tuple[bytes, bytes]:
    """Send bytes; give the head of the answer, and all that comes until the gateway closes."""
    reader, writer = await running.connect()
    writer.write(raw)
    async with asyncio.timeout(5):
        head, rest = await reader.readuntil(b"\r\n\r\n"), await reader.read()
    writer.close()
    return head, rest


@pytest.mark.parametrize(
    "raw",
    [
        CHUNKS + chunked(HELLO, 1) + b"0\r\n\r\n",
        CHUNKS + chunked(HELLO, 8, b';name="a value"') + b"0\r\n\r\n",
        CHUNKS + chunked(HELLO, 8) + b"0\r\nchecksum: 1\r\n\r\n",
        b"\r\n\r\n" + post(HELLO),
        post(HELLO).replace(b"POST /v1", b"POST http://gateway/v1"),
        post(HELLO).replace(b"completions", b"completions?api-version=1"),
    ],
    ids=["chunks of a byte", "chunks with extensions", "trailers", "empty lines before", "a whole URL", "a query"],
)
async def test_what_the_grammar_allows_is_read(raw: bytes) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        for _ in range(2):
            writer.write(raw)
            assert (await read_answer(reader)).json == COMPLETION
        assert [call.path for call in upstream.calls] == ["/v1/chat/completions"] * 2
        assert upstream.calls[0].body == HELLO.replace(b"tiny", b"real")
        writer.close()


@pytest.mark.parametrize(
    "endless",
    [b"8;" + b"x" * 70_000, b"0\r\nchecksum: " + b"x" * 70_000, b"0\r\n" + b"x: y\r\n" * 12_000],
    ids=["an extension", "a trailer", "trailers"],
)
async def test_what_stands_around_a_body_is_bounded_too(endless: bytes) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(CHUNKS)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(endless)
        answer = await read_answer(reader)
        assert (answer.status, answer.code) == (400, "invalid_http")
        assert upstream.calls == []
        writer.close()


async def test_http_1_0_gets_its_answer_until_the_connection_ends() -> None:
    async def streams(call: Call) -> None:
        call.start()
        call.event(b"data: [DONE]\n\n")
        call.end()

    old = HEAD.replace(b"1.1", b"1.0") + b"connection: keep-alive\r\n"
    async with engine() as upstream, gateway(route(upstream)) as running:
        head, body = await exchange(running, old + b"content-length: %d\r\n\r\n" % len(HELLO) + HELLO)
        assert b"connection: close" in head
        assert body.startswith(b'{"id": "c1"')
        upstream.behave = streams
        head, body = await exchange(running, old + b"content-length: %d\r\n\r\n" % len(STREAM) + STREAM)
        assert b"transfer-encoding" not in head
        assert body == b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("line", "status", "allow"),
    [
        ("GET /v1/chat/completions", 405, "POST"),
        ("OPTIONS /v1/chat/completions", 405, "POST"),
        ("DELETE /v1/models", 405, "GET, HEAD"),
        ("OPTIONS *", 400, None),
        ("CONNECT gateway:80", 400, None),
        ("TRACE /", 404, None),
        ("BREW /v1/models", 400, None),
    ],
)
async def test_other_methods_are_refused(line: str, status: int, allow: str | None) -> None:
    async with engine() as upstream, gateway(route(upstream)) as running:
        answer = await running.send(f"{line} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert (answer.status, answer.headers.get("allow")) == (status, allow)
        assert upstream.calls == []


async def test_head_gets_the_head_only() -> None:
    async with gateway() as running:
        raw = b"HEAD /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        head, body = await exchange(running, raw)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"content-length: 3\r\n" in head
        assert body == b""


async def test_a_connection_that_would_become_another_protocol_ends_after_its_answer() -> None:
    async with gateway() as running:
        upgrade = b"connection: upgrade\r\nupgrade: websocket\r\n"
        head, body = await exchange(running, b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + upgrade + b"\r\n\x81\x85")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert body == b"ok\n"


async def test_a_client_hears_of_a_body_that_is_too_large_although_it_still_sends() -> None:
    async with engine() as upstream, gateway(route(upstream), limits=Limits(body=1000)) as running:
        reader, writer = await running.connect()
        writer.write(HEAD + b"content-length: 20000000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x" * 65_536)
            await writer.drain()
            await asyncio.sleep(0)
        answer = await read_answer(reader)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        writer.close()


async def test_a_connection_without_a_request_ends_in_its_time() -> None:
    async with gateway(limits=Limits(idle_time=0.1)) as running:
        reader, writer = await running.connect()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_body_that_drips_is_cut_off() -> None:
    async with engine() as upstream, gateway(route(upstream), limits=Limits(request_time=0.2)) as running:
        answer = await running.send(HEAD + b"content-length: 100\r\n\r\n{")
        assert (answer.status, answer.code) == (408, "request_timeout")


async def test_a_client_that_reads_nothing_is_given_up_and_the_engine_stops() -> None:
    async def pours(call: Call) -> None:
        call.start()
        while True:
            call.event(EVENT)
            await call.writer.drain()

    async with engine(pours) as upstream, gateway(route(upstream), limits=Limits(unread_time=0.2)) as running:
        _, writer = await running.connect()
        writer.write(post(STREAM))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        await asyncio.wait_for(upstream.calls[0].gone.wait(), 5)
        writer.close()


async def test_a_client_that_sends_on_and_reads_nothing_is_not_answered_on() -> None:
    async def pours(call: Call) -> None:
        call.start()
        for _ in range(400):
            call.event(EVENT)
            await call.writer.drain()
        call.end()

    async with engine(pours) as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post(STREAM) * 3)
        await asyncio.sleep(0.3)
        assert len(upstream.calls) == 1
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            assert sum([len(piece) async for piece in chunks(reader)]) == 400 * len(EVENT)
        writer.close()


async def test_more_requests_than_may_wait_are_refused_after_the_others() -> None:
    async with engine() as upstream, gateway(route(upstream), limits=Limits(pipelined=2)) as running:
        reader, writer = await running.connect()
        writer.write(post(HELLO) * 9)
        statuses: list[int] = []
        while not statuses or statuses[-1] == 200:
            statuses.append((await read_answer(reader)).status)
        assert statuses == [200, 200, 400]
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert len(upstream.calls) == 2
        writer.close()


async def test_large_requests_that_come_together_are_answered_too() -> None:
    body = b'{"model": "tiny", "messages": [], "pad": "' + b"x" * 300_000 + b'"}'
    async with engine() as upstream, gateway(route(upstream)) as running:
        reader, writer = await running.connect()
        writer.write(post(body) * 5)
        assert [(await read_answer(reader)).status for _ in range(5)] == [200] * 5
        writer.close()
