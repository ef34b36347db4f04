"""Engines that do not keep to the grammar, or not to TLS: no answer of one request is taken for another's."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from unittest.mock import Mock

import pytest

from fmops_serving.gateway.upstream.connection import UpstreamConnection
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.http import lostpeer
from tests.cluster.pki import Authority
from tests.serving.http.server import CUT, STALL, byte_server
from tests.support.gateway import Running, gateway, post, read_answer, route

HELLO = {"model": "tiny", "messages": []}
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ONE = OK + b'content-length: 7\r\n\r\n{"a":1}'
TWO = OK + b'content-length: 7\r\n\r\n{"a":2}'
IN_CHUNKS = OK + b'transfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'

READ: dict[str, tuple[Sequence[bytes], int]] = {
    "of a length": ([ONE], 1),
    "in chunks": ([IN_CHUNKS], 1),
    "byte by byte": ([bytes([each]) for each in IN_CHUNKS], 1),
    "with a trailer": ([IN_CHUNKS[:-2] + b"x: y\r\n\r\n"], 1),
    "until the connection ends": ([OK + b'\r\n{"a":1}', CUT], 3),
    "of HTTP/1.0": ([ONE.replace(b"1.1", b"1.0"), CUT], 3),
    "after which the engine closes": ([ONE.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), CUT], 3),
    "announced by others": ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\n", ONE], 1),
}


@asynccontextmanager
async def before(
    pieces: Sequence[Sequence[bytes]], patience: Patience | None = None
) -> AsyncIterator[tuple[Running, list[bytes]]]:
    async with (
        byte_server(lambda number: pieces[min(number, len(pieces) - 1)]) as server,
        gateway(route(f"http://127.0.0.1:{server.port}/v1"), patience=patience) as running,
    ):
        yield running, server.asked


@pytest.mark.parametrize(("pieces", "connections"), READ.values(), ids=READ)
async def test_an_answer_is_read_and_its_connection_used_again_where_it_can_be(
    pieces: Sequence[bytes], connections: int
) -> None:
    async with byte_server(lambda _: pieces) as server, gateway(route(f"http://127.0.0.1:{server.port}/v1")) as running:
        for _ in range(3):
            answer = await running.ask(HELLO)
            assert (answer.status, answer.json) == (200, {"a": 1})
        assert server.connections == connections


@pytest.mark.parametrize("pieces", [[ONE + TWO], [ONE, TWO], [ONE + TWO[:20]]], ids=["at once", "later", "in part"])
async def test_a_second_answer_to_one_request_is_never_taken_for_the_next_ones(pieces: Sequence[bytes]) -> None:
    async with before([pieces, [ONE.replace(b"1}", b"3}")]], Patience(idle=0.1)) as (running, _):
        assert (await running.ask(HELLO)).json == {"a": 1}
        await asyncio.sleep(0.05)
        assert (await running.ask(HELLO)).json == {"a": 3}


STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"
)


def silent(**methods: Mock) -> Mock:
    """Stand for something whose methods say nothing, but for these."""
    nothing = {name: Mock(return_value=None) for name in ("write", "abort", "feed", "finish", "fail")}
    return Mock(**nothing | methods)


@pytest.mark.parametrize("end", ["read", "gone", "broken"])
async def test_a_stream_that_came_at_once_is_its_readers_alone_before_the_connection_serves_another(end: str) -> None:
    freed: list[UpstreamConnection] = []
    connection = UpstreamConnection(Patience(), freed.append, lambda _: None)
    transport = silent(get_extra_info=Mock(return_value=None), is_closing=Mock(return_value=False))
    connection.connection_made(transport)
    asking = asyncio.create_task(connection.ask(b""))
    await asyncio.sleep(0)
    connection.data_received(STREAM[:-5] if end == "broken" else STREAM)
    if end == "broken":
        connection.connection_lost(None)
    assert (connection.free, freed) == (False, []), "who asked has not read it"
    if end == "gone":
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        transport.abort.assert_called_once_with()
        return
    sink = silent()
    (await asking).relay(sink)
    sink.feed.assert_called_once_with(b"data: 1\n\n")
    assert (sink.finish.called, sink.fail.called, freed) == (
        (True, False, [connection]) if end == "read" else (False, True, [])
    )


BROKEN: dict[str, tuple[Sequence[bytes], int]] = {
    "no HTTP": ([b"hello\r\n\r\n"], 502),
    "an end in the head": ([OK, CUT], 502),
    "an end before the length": ([ONE[:-1], CUT], 502),
    "an end in a chunk": ([IN_CHUNKS[:-9], CUT], 502),
    "a length and chunks": ([IN_CHUNKS.replace(b"\r\n\r\n", b"\r\ncontent-length: 5\r\n\r\n", 1)], 502),
    "two lengths": ([ONE.replace(b"\r\n\r\n", b"\r\ncontent-length: 5\r\n\r\n")], 502),
    "another protocol": ([b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"], 502),
    "a redirect": ([b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"], 502),
    "no head in time": ([STALL], 504),
    "half a body and then nothing": ([ONE[:-2], STALL], 504),
}


@pytest.mark.parametrize(("pieces", "status"), BROKEN.values(), ids=BROKEN)
async def test_what_is_no_answer_is_told_as_the_engines_fault(pieces: Sequence[bytes], status: int) -> None:
    async with before([pieces], Patience(first_byte=0.2, idle=0.2)) as (running, _):
        answer = await running.ask(HELLO)
        assert (answer.status, answer.json["error"]["type"]) == (status, "server_error")


async def test_an_answer_without_end_is_not_kept() -> None:
    endless = [OK + b"transfer-encoding: chunked\r\n\r\n", *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 10]
    async with before([endless], Patience(answer=100_000)) as (running, _):
        assert (await running.ask(HELLO)).json["error"]["message"].startswith("the model did not answer (too_large")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("pki"))
    made.create()
    made.issue("server", "server", names=["DNS:localhost"])
    return made


@pytest.mark.parametrize(
    ("host", "trusted", "status"),
    [("localhost", True, 200), ("127.0.0.1", True, 502), ("localhost", False, 502)],
    ids=["trusted", "another name", "not trusted"],
)
async def test_a_key_is_sent_only_to_whom_the_certificate_names(
    authority: Authority, host: str, trusted: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.certificate_of("server"), authority.key_of("server"))
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    async with byte_server(lambda _: [ONE], context) as server:
        backend = {"urls": [f"https://{host}:{server.port}/v1"], "model": "real", "apiKey": "sk-provider"}
        async with gateway(route(backends=[backend])) as running:
            answer = await running.ask(HELLO)
            assert answer.status == status
            assert status == 200 or "untrusted" in answer.json["error"]["message"]
            assert len(server.asked) == (status == 200)
            assert names == [host if host == "localhost" else None]


async def test_small_packets_leave_at_once_on_both_sides() -> None:
    async with before([[ONE]]) as (running, _):
        reader, writer = await running.connect()
        writer.write(post(HELLO))
        assert (await read_answer(reader)).status == 200
        (live,) = running.routes.table.by_place.values()
        address = live.pools[0].targets[0].address
        transports = [each._transport for each in running.house.connections]
        transports += [each._transport for each in address._kept if each._transport is not None]
        assert len(transports) == 2
        for each in transports:
            assert each.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        writer.close()


async def test_a_pod_whose_node_is_gone_without_a_word_is_noticed() -> None:
    async with before([[ONE]]) as (running, _):
        assert (await running.ask(HELLO)).status == 200
        (live,) = running.routes.table.by_place.values()
        (kept,) = live.pools[0].targets[0].address._kept
        assert kept._transport is not None
        sock = kept._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1, "asked while it waits for an answer"
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < lostpeer.SECONDS
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * lostpeer.SECONDS
