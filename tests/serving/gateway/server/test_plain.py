"""A plain request is read as the parser reads it, wherever it is cut and whatever comes before, in and after it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.server.limits import Limits
from tests.serving.gateway.server.reading import Asked, cut, heard_in_both_ways
from tests.support.native import needs_native

pytestmark = needs_native
OFTEN = settings(max_examples=120, deadline=None)
SMALL = Limits(url=48, head=512, headers=8, body=40, bodies=70, pipelined=2)
BODY = b'{"model": "m", "messages": []}'
FIRST = b"POST /v1/chat/completions HTTP/1.1\r\n"
JSON = b"Content-Type: application/json\r\nAuthorization: Bearer sk-0_a.b\r\n"
STAINLESS = b"".join(
    b"X-Stainless-%b\r\n" % each
    for each in (
        b"Lang: python", b"Package-Version: 1.109.1", b"OS: Linux", b"Arch: x64", b"Runtime: CPython",
        b"Runtime-Version: 3.11.9", b"Async: false", b"Retry-Count: 0", b"Read-Timeout: 600",
    )
)  # fmt: skip
LENGTH = b"Content-Length: %d\r\n\r\n"
CLIENTS = {
    "curl": b"Host: localhost:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n" + JSON + LENGTH,
    "openai": b"Host: g.example\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n"
    b"Accept: application/json\r\nUser-Agent: OpenAI/Python 1.109.1\r\n" + JSON + STAINLESS + LENGTH,
    "httpx": b"Host: g\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
    b"User-Agent: python-httpx/0.28.1\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n",
    "aiohttp": b"Host: 10.0.0.1:80\r\n" + JSON + b"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
    b"User-Agent: Python/3.11 aiohttp/3.13.2\r\nContent-Length: %d\r\n\r\n",
    "node": b"host: g\r\nconnection: keep-alive\r\ncontent-type: application/json\r\naccept: */*\r\n"
    b"accept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\naccept-encoding: gzip, deflate\r\n"
    b"content-length: %d\r\n\r\n",
    "a proxy": b"host: g\r\nx-request-id: 7f-a\r\nx-forwarded-for: 10.0.0.1, ::1\r\ntraceparent: 00-ab-cd-01\r\n"
    b"x_odd: a \"b\" (c); d=e\r\ncontent-length: %d\r\n\r\n",
}  # fmt: skip


def asking(client: str, body: bytes = BODY) -> bytes:
    return FIRST + CLIENTS[client] % len(body) + body


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("late", [False, True])
def test_what_clients_write_is_plain_in_whatever_pieces_its_body_comes(client: str, late: bool) -> None:
    raw = asking(client)
    end = len(raw) - len(BODY)
    for places in ([], [end], [end + 1], [len(raw) - 1], [end, end + 9, end + 10]):
        heard, plain = heard_in_both_ways(cut(raw, places), Limits(), late=late)
        assert plain == 1
        assert [(each.line, each.body, each.keep_alive) for each in heard.asked] == [
            (("POST", "/v1/chat/completions", ""), BODY, True)
        ]
    assert heard_in_both_ways(cut(raw, [end - 1]), Limits())[1] == 0


@pytest.mark.parametrize(
    "target", [b"/", b"/v1/chat/completions?api-version=2024-10-21&a=b,c", b"/a-b._~%41?=?:+@", b"//a"]
)
def test_a_target_is_split_as_it_is_elsewhere(target: bytes) -> None:
    raw = asking("curl").replace(b"/v1/chat/completions", target)
    heard, plain = heard_in_both_ways([raw], Limits())
    (asked,) = heard.asked
    assert plain == 1
    assert asked.line == ("POST", *map(bytes.decode, target.partition(b"?")[::2]))


def simple(body: bytes, target: bytes = b"/", more: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: g\r\n%b" % (target, more) + LENGTH % len(body) + body


AROUND = range(-2, 3)
BOUNDS = {
    "url": (414, [simple(b"abc", b"/" + b"a" * (SMALL.url - 1 + size)) for size in AROUND]),
    "headers": (
        431,
        [simple(b"abc", more=b"x%d: y\r\n" * (SMALL.headers - 2 + size) % (*range(6 + size),)) for size in AROUND],
    ),
    "body": (413, [simple(b"x" * (SMALL.body + size)) for size in AROUND]),
    "bodies": (503, [simple(b"x" * (SMALL.bodies - SMALL.body + size)) for size in AROUND]),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_what_is_about_as_long_as_it_may_be_is_told_apart_as_the_parser_does(bound: str) -> None:
    status, asked = BOUNDS[bound]
    held = [simple(b"y" * SMALL.body)] if bound == "bodies" else []
    for size, raw in zip(AROUND, asked, strict=True):
        end = raw.index(b"\r\n\r\n") + 4
        for places in ([], [end], [end + 1], [end - 1]):
            heard, plain = heard_in_both_ways([*held, *cut(raw, places)], SMALL, late=True)
            assert len(heard.asked) == len(held) + (size <= 0)
            assert (b"HTTP/1.1 %d" % status in heard.written) == (size > 0)
            assert plain == len(held) + (bound == "bodies" or size <= 0) or places == [end - 1]


def test_so_is_a_long_head_of_which_the_parser_counts_the_headers_alone() -> None:
    start = len(simple(b"abc", more=b"x: \r\n")) - 3
    read = []
    for size in range(SMALL.head - start - 2, SMALL.head - start + len(b"POST / HTTP/1.1\r\n\r\n") + 3):
        heard, plain = heard_in_both_ways([simple(b"abc", more=b"x: %b\r\n" % (b"y" * size))], SMALL)
        read.append((len(heard.asked), plain))
    assert read == [(1, 1)] * 3 + [(1, 0)] * 19 + [(0, 0)] * 2


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "behind", [asking("node"), b"\r\n" + asking("node"), b"\r\n", b"x", b"POST / HTTP/1.1\r\n\r\n"]
)
@pytest.mark.parametrize("place", [0, 1, -1, len(BODY)])
def test_what_comes_right_behind_a_body_is_the_next_request(behind: bytes, place: int, late: bool) -> None:
    first = asking("curl")
    end = len(first) - len(BODY) + place if place >= 0 else len(first) - 1
    heard, plain = heard_in_both_ways(cut(first + behind, [end]), Limits(), late=late)
    assert plain >= 1 or place == -1 or end == len(first)
    assert heard.asked[0].body == BODY
    heard, _ = heard_in_both_ways(cut(first + behind + first, [end, len(first + behind) - 1]), Limits(), late=late)
    assert heard.asked[0].body == BODY


def test_a_client_that_leaves_in_the_middle_of_a_body_leaves_nothing() -> None:
    raw = asking("curl")
    for size in (1, len(BODY) - 1):
        heard, plain = heard_in_both_ways([raw[: len(raw) - size]], Limits())
        assert (plain, heard.asked, heard.waits) == (1, [], (len(BODY) - size, Limits.request_time))


def test_a_plain_request_after_others_is_read_the_same() -> None:
    others = [
        b"GET /healthz HTTP/1.1\r\nhost: g\r\n\r\n",
        b"\r\n",
        FIRST + b"host: g\r\n\r\n",
        FIRST + b"content-length: 1\r\n\r\nx",
        FIRST + b"host: g\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        FIRST + b"host: g\r\nx: a\r\nx: b\r\ncontent-length: 1\r\n\r\nx",
        FIRST + b"host: g\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx",
        FIRST.replace(b"1.1", b"1.0") + b"content-length: 1\r\n\r\nx",
        b"GET / HTTP/1.1\r\nhost: g\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ]
    for other in others:
        for late in (False, True):
            heard, _ = heard_in_both_ways(
                [asking("curl"), other, asking("node"), other, asking("curl")], Limits(), late=late
            )
            assert isinstance(heard.asked[0], Asked)


LINES = [
    b"Connection: close", b"Connection: keep-alive", b"connection: Keep-Alive", b"connection: keep-alive, x",
    b"Expect: 100-continue", b"Upgrade: websocket", b"Upgrade: h2c\r\nConnection: upgrade", b"Proxy-Connection: close",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Content-Encoding: gzip",
    b"Content-Encoding: identity", b"Content-Length: 3", b"content-length: 03", b"Content-Length: +3",
    b"Content-Length: 3 ", b"Content-Length:3", b"Content-Length: 3, 3", b"Content-Length: 0x3", b"Content-Length:",
    b"Content-Length: 0", b"content-length: 000000000000003", b"content-length: 0000000000000003",
    b"Content-Length: -0",
    b"Content_Length: 3", b"Host: other", b"Host:", b"X-Request-Id: an-id", b"x-request-id: not one", b"x: a", b"X: b",
    b"x:  a", b"x: a ", b"x:\ta", b"x: a\tb", b"x :a", b" x: a", b"\tx: a", b"x:", b"x: ", b"x", b": a", b"x: \xe9",
    b"x: a\x00b", b"x: a\x7fb", b"x: a\rb", b"x: a\nb", b"x: a\r\n b", b"x\xe9: a", b"x(y): a", b"x(: a", b"x.y!: a",
    b"x_y: a",
    b"a" * 64 + b": a", b"A" * 65 + b": a", b"x: " + b"y" * 400, b"x: y: z", b"Authorization: a", b"api-key: b",
]  # fmt: skip
FIRSTS = [
    b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.0\r\n", b"post / HTTP/1.1\r\n", b"POST  / HTTP/1.1\r\n",
    b"POST / http/1.1\r\n",
    b"POST /  HTTP/1.1\r\n", b"POST /a#b HTTP/1.1\r\n", b"POST /a b HTTP/1.1\r\n", b"POST * HTTP/1.1\r\n",
    b"POST /\xe9 HTTP/1.1\r\n",
    b"POST http://g/a HTTP/1.1\r\n", b"POST a HTTP/1.1\r\n", b"POST ?a HTTP/1.1\r\n", b"POST / HTTP/1.1\n",
    b"POST / HTTP/1.1 \r\n",
    b"POST /?a=[b]|c HTTP/1.1\r\n", b"POST /" + b"a" * 47 + b" HTTP/1.1\r\n", b"POST /" + b"a" * 48 + b" HTTP/1.1\r\n",
    b"POST / HTTP/1.2\r\n", b"POST / HTTP/2.0\r\n", b"PUT /a HTTP/1.1\r\n", b"CONNECT g:80 HTTP/1.1\r\n", b"POST /\r\n",
    b"\r\nPOST / HTTP/1.1\r\n", b"\nPOST / HTTP/1.1\r\n", b" POST / HTTP/1.1\r\n", b"HEAD / HTTP/1.1\r\n",
]  # fmt: skip
ODD = st.sampled_from([bytes([each]) for each in b'\x00\t\n\r \x7f\x80\xff:;,-+09aZ/?#%{"\\'] + [b"\r\n", b"\r\n\r\n"])


LENGTHS = [b"", b"0", b"03", b"+3", b"-3", b"-0", b"3 ", b" 3", b"3,3", b"3.0", b"0x3", b"\xb3", b"3\t", b"3;", b"abc"]


def test_any_length_is_read_as_the_parser_reads_it() -> None:
    for length in [*LENGTHS, *(b"3".zfill(size) for size in (14, 15, 16, 17, 30)), b"9" * 15, b"9" * 16, b"9" * 20]:
        raw = FIRST + b"host: g\r\ncontent-length: %b\r\n\r\n" % length
        for pieces in ([raw + b"abc"], [raw, b"abc"], [raw + b"a", b"bc"]):
            heard_in_both_ways([*pieces, simple(b"abc")], SMALL)


@pytest.mark.parametrize("late", [False, True])
def test_a_line_that_is_odd_is_read_as_the_parser_reads_it(late: bool) -> None:
    for first, line in [*((FIRST, line) for line in LINES), *((first, b"a: b") for first in FIRSTS)]:
        for lines in (b"%b\r\nhost: g\r\ncontent-length: 3\r\n\r\n", b"host: g\r\ncontent-length: 3\r\n%b\r\n\r\n"):
            raw = first + lines.replace(b"%b", line)
            for places in ([], [len(raw)], [len(raw) + 2]):
                heard_in_both_ways([*cut(raw + b"abc", places), simple(b"abc")], SMALL, late=late)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Draw a request that is plain but for a line or two."""
    body = draw(st.sampled_from([b"", b"x", b"abc", BODY, b"\r\n\r\n", b"x" * 40, b"x" * 41]))
    lines = [b"Host: g", b"Content-Length: %d" % len(body), *draw(st.lists(st.sampled_from(LINES), max_size=2))]
    dropped = draw(st.sampled_from([None] * 6 + [b"Host: g", b"Content-Length: %d" % len(body)]))
    kept = draw(st.permutations([line for line in lines if line is not dropped and line != dropped]))
    return draw(st.just(FIRST) | st.sampled_from(FIRSTS)) + b"".join(line + b"\r\n" for line in kept) + b"\r\n" + body


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """Draw requests, some with bytes that are wrong, cut where they meet or somewhere."""
    drawn = draw(st.lists(requests() | st.just(asking("httpx", b"abc")), min_size=1, max_size=3))
    raw, borders = b"", []
    for each in drawn:
        borders += [len(raw), len(raw) + each.find(b"\r\n\r\n") + 4]
        raw += each
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place, removed = draw(st.integers(0, len(raw))), draw(st.integers(0, 2))
        raw = raw[:place] + draw(ODD | st.just(b"")) + raw[place + removed :]
    return cut(raw, draw(st.lists(st.sampled_from(borders) | st.integers(0, len(raw)), max_size=4)))


@OFTEN
@given(pieces(), st.booleans())
def test_any_bytes_are_read_as_the_parser_reads_them(data: list[bytes], late: bool) -> None:
    heard_in_both_ways(data, SMALL, late=late)


@OFTEN
@given(st.data())
def test_so_is_a_request_of_which_a_byte_is_another(data: st.DataObject) -> None:
    raw = asking(data.draw(st.sampled_from(list(CLIENTS))), b"{}")
    place, byte = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.binary(max_size=2) | ODD)
    heard_in_both_ways([raw[:place] + byte + raw[place + 1 :], asking("curl")], Limits())
