"""The client against a server of bytes: what is read, what is refused, and which connections live on."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path

import pytest

from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.connection import MOST_WAITING
from fmops_serving.http.errors import BadAddress, Broken, HTTPError, Malformed, UnknownHost, Unreachable, Untrusted
from tests.cluster.pki import Authority
from tests.serving.http.server import CUT, STALL, ByteServer, byte_server

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
UNTIL_CLOSE = OK + b"\r\nhello"


async def ask(client: Client, limit: float = 30.0) -> tuple[int, bytes]:
    with await client.post("/v1", b"{}", limit) as response:
        body = b""
        while piece := await response.read():
            body += piece
        return response.status, body


def client_of(server: ByteServer, scheme: str = "http", host: str = "127.0.0.1") -> Client:
    return Client(Address.of(f"{scheme}://{host}:{server.port}"), {"Authorization": "Bearer key"})


RESPONSES: list[tuple[str, Sequence[bytes], bool]] = [
    ("of a length", [HELLO], True),
    ("in chunks", [CHUNKED], True),
    ("in chunks, with a trailer", [CHUNKED[:-2] + b"Checksum: 1\r\n\r\n"], True),
    ("one byte after the other", [bytes([each]) for each in CHUNKED], True),
    ("up to the end of the connection", [UNTIL_CLOSE, CUT], False),
    ("after which the server wants to close", [HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")], False),
    ("of HTTP/1.0", [HELLO.replace(b"1.1", b"1.0")], False),
    ("announced by others", [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", HELLO], True),
]


@pytest.mark.parametrize(("pieces", "again"), [r[1:] for r in RESPONSES], ids=[r[0] for r in RESPONSES])
async def test_a_response_is_read_and_its_connection_used_again_where_it_can_be(
    pieces: Sequence[bytes], again: bool
) -> None:
    async with byte_server(lambda _: pieces) as server, client_of(server) as client:
        assert [await ask(client) for _ in range(3)] == [(200, b"hello")] * 3
        assert server.connections == (1 if again else 3)


@pytest.mark.parametrize("pieces", [[HELLO + HELLO], [HELLO, HELLO]], ids=["at once", "later"])
async def test_a_second_response_to_one_request_is_never_taken_for_the_next_ones(pieces: Sequence[bytes]) -> None:
    says = [pieces, [HELLO.replace(b"hello", b"other")]]
    async with byte_server(lambda number: says[number]) as server, client_of(server) as client:
        with await client.post("/v1", b"{}", 30) as response, suppress(HTTPError):
            await response.read()
        await asyncio.sleep(0.05)
        assert await ask(client) == (200, b"other")
        assert server.connections == 2


FAULTS: list[tuple[str, Sequence[bytes], type[Exception]]] = [
    ("an end before the head", [CUT], Broken),
    ("an end in the head", [OK, CUT], Broken),
    ("an end before the length", [HELLO[:-1], CUT], Broken),
    ("an end in a chunk", [CHUNKED[:-10], CUT], Broken),
    ("no HTTP at all", [b"hello\r\n\r\n"], Malformed),
    ("a chunk of no length", [CHUNKED.replace(b"\r\n3\r\n", b"\r\nx\r\n")], Malformed),
    ("two lengths", [HELLO.replace(b"\r\n\r\n", b"\r\nContent-Length: 6\r\n\r\n")], Malformed),
    ("a head without end", [OK, *repeat(b"A: " + b"b" * 1000 + b"\r\n", 100)], Malformed),
    ("a compressed body", [HELLO.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")], Malformed),
    ("another protocol", [b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"], Malformed),
    ("no head within the limit", [STALL], TimeoutError),
    ("no body within the limit", [OK + b"Content-Length: 5\r\n\r\nhe", STALL], TimeoutError),
]


@pytest.mark.parametrize(("pieces", "fault"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
async def test_a_fault_is_named_and_the_next_request_gets_a_new_connection(
    pieces: Sequence[bytes], fault: type[Exception]
) -> None:
    async with byte_server(lambda number: [HELLO] if number else pieces) as server, client_of(server) as client:
        with pytest.raises(fault):
            await ask(client, limit=0.2)
        assert await ask(client) == (200, b"hello")
        assert server.connections == 2


async def test_a_body_that_comes_without_end_is_cut_off_by_the_limit() -> None:
    endless = [OK + b"\r\n", *repeat(b"x" * 1000, 10**6)]
    async with byte_server(lambda _: endless) as server, client_of(server) as client:
        with pytest.raises(TimeoutError):
            await ask(client, limit=0.2)


async def test_a_body_that_nobody_reads_does_not_fill_the_memory() -> None:
    size = 64 * MOST_WAITING
    async with (
        byte_server(lambda _: [OK + b"Content-Length: %d\r\n\r\n" % size, b"x" * size]) as server,
        client_of(server) as client,
    ):
        with await client.post("/v1", b"{}", 30) as response:
            first = await response.read()
            await asyncio.sleep(0.2)
            waiting = await response.read()
            length = len(first) + len(waiting)
            while piece := await response.read():
                length += len(piece)
    assert len(waiting) < 4 * MOST_WAITING
    assert length == size


async def test_what_is_left_of_a_body_is_read_or_costs_the_connection() -> None:
    pieces = [[OK + b"Content-Length: 4\r\n\r\nab", b"cd"], [OK + b"Content-Length: 4\r\n\r\nab", STALL], [HELLO]]
    async with byte_server(lambda number: pieces[number]) as server, client_of(server) as client:
        for _ in range(2):
            with await client.post("/v1", b"{}", 30) as response:
                await response.read()
                await response.finish(0.1)
        assert await ask(client) == (200, b"hello")
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    async with byte_server(lambda _: [HELLO, CUT]) as server, client_of(server) as client:
        assert await ask(client) == (200, b"hello")
        await asyncio.sleep(0.05)
        assert await ask(client) == (200, b"hello")


async def test_as_many_connections_are_opened_as_requests_are_on_their_way() -> None:
    async with byte_server(lambda _: [HELLO]) as server, client_of(server) as client:
        await asyncio.gather(*(ask(client) for _ in range(20)))
        await asyncio.gather(*(ask(client) for _ in range(20)))
        assert server.connections == 20


async def test_a_request_that_is_called_off_costs_its_connection_and_no_other() -> None:
    async with byte_server(lambda number: [HELLO] if number else [STALL]) as server, client_of(server) as client:
        asking = asyncio.ensure_future(ask(client))
        while not server.asked:  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await ask(client) == (200, b"hello")


async def test_what_is_sent() -> None:
    async with byte_server(lambda _: [HELLO]) as server, client_of(server) as client:
        await ask(client)
        with await client.get("/v1/models?a=b", 30):
            pass
    authority = f"127.0.0.1:{server.port}".encode()
    headers = b"Host: " + authority + b"\r\nAccept-Encoding: identity\r\nAuthorization: Bearer key\r\n"
    assert server.asked == [
        b"POST /v1 HTTP/1.1\r\n" + headers + b"Content-Length: 2\r\n\r\n{}",
        b"GET /v1/models?a=b HTTP/1.1\r\n" + headers + b"\r\n",
    ]


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with Client(Address.of("http://127.0.0.1:1")) as client:
        with pytest.raises(Unreachable, match="Connection refused"):
            await ask(client)


async def test_a_name_that_nobody_knows() -> None:
    async with Client(Address.of("http://no-such-host.invalid")) as client:
        with pytest.raises(UnknownHost):
            await ask(client)


async def test_all_addresses_of_a_name_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.2", 0)), (2, 1, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    async with byte_server(lambda _: [HELLO]) as server, client_of(server, host="two.example") as client:
        assert await asyncio.gather(*(ask(client) for _ in range(4))) == [(200, b"hello")] * 4


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("pki"))
    made.create()
    made.issue("server", "server", names=["DNS:localhost", "IP:127.0.0.1"])
    return made


@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", True), ("localhost", True), ("127.0.0.1", False)])
async def test_tls_is_spoken_with_who_is_trusted(
    authority: Authority, host: str, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.certificate_of("server"), authority.key_of("server"))
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(Path(authority.certificate)))
    async with byte_server(lambda _: [CHUNKED], context) as server, client_of(server, "https", host) as client:
        if not trusted:
            with pytest.raises(Untrusted, match="certificate"):
                await ask(client)
            return
        assert [await ask(client) for _ in range(3)] == [(200, b"hello")] * 3
        assert server.connections == 1


@pytest.mark.parametrize(
    ("url", "address"),
    [("http://models/v1", Address(False, "models", 80, "/v1")),
     ("https://models:8443", Address(True, "models", 8443, "/")),
     ("http://[::1]:80/a?b=c d", Address(False, "::1", 80, "/a?b=c%20d")),
     ("http://müller.example/é", Address(False, "xn--mller-kva.example", 80, "/%C3%A9"))],
)  # fmt: skip
def test_a_url_is_read(url: str, address: Address) -> None:
    assert Address.of(url) == address


@pytest.mark.parametrize(
    "url", ["models/v1", "ftp://models", "http://", "http://a:b", "http://u:p@models", "http://[::1", "http://a..b"]
)
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        Address.of(url)


def test_the_host_header_leaves_out_the_usual_port_and_keeps_brackets() -> None:
    urls = ["http://a", "https://a:443", "http://a:443", "https://[::1]:8443"]
    assert [Address.of(url).authority for url in urls] == ["a", "a", "a:443", "[::1]:8443"]


async def test_requests_of_one_turn_go_out_together_and_each_gets_its_own_answer() -> None:
    says = [HELLO.replace(b"hello", b"%05d" % number) for number in range(10)]
    async with byte_server(lambda number: [says[number]]) as server:
        address = Address.of(f"http://127.0.0.1:{server.port}")
        async with Client(address, together=4) as client:
            answers = [*await asyncio.gather(*(ask(client) for _ in range(5)))]
            answers += await asyncio.gather(*(ask(client) for _ in range(5)))
    assert sorted(body for _, body in answers) == [b"%05d" % number for number in range(10)]
    assert server.connections == 5


async def test_a_request_whose_connection_ends_while_it_is_held_is_not_sent() -> None:
    async with byte_server(lambda _: [HELLO]) as server:
        async with Client(Address.of(f"http://127.0.0.1:{server.port}"), together=4) as client:
            await ask(client)
            asking = asyncio.ensure_future(ask(client))
            asyncio.get_running_loop().call_soon(client.abort)
            with pytest.raises(Broken):
                await asking
        assert len(server.asked) == 1
