"""A plain answer is read as the parser reads it, wherever it is cut; what comes after it is never another's."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.upstream.fault import Cause
from tests.serving.gateway.server.reading import cut
from tests.serving.gateway.upstream.reading import Came, came_in_both_ways
from tests.support.native import needs_native

pytestmark = needs_native
OFTEN = settings(max_examples=120, deadline=None)
OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"choices": [], "usage": null}'
LENGTH = b"content-length: %d\r\n\r\n"
SERVERS = {
    "uvicorn": b"date: Fri, 01 Aug 2025 10:00:00 GMT\r\nserver: uvicorn\r\ncontent-length: %d\r\n"
    b"content-type: application/json\r\n\r\n",
    "llama.cpp": b"Keep-Alive: timeout=5, max=100\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Server: llama.cpp\r\nContent-Length: %d\r\nAccess-Control-Allow-Origin: \r\n\r\n",
    "nginx": b"Server: nginx/1.27.0\r\nDate: Fri, 01 Aug 2025 10:00:00 GMT\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: keep-alive\r\nx-request-id: 7f-a\r\n\r\n",
    "axum": b"content-type: application/json\r\nx-compute-time: 12\r\naccess-control-allow-origin: *\r\n"
    b"vary: origin, access-control-request-method\r\ncontent-length: %d\r\ndate: Fri, 01 Aug 2025 10:00:00 GMT\r\n\r\n",
}  # fmt: skip


def answering(server: str = "uvicorn", body: bytes = BODY) -> bytes:
    return OK + SERVERS[server] % len(body) + body


def is_same(answers: Sequence[Sequence[bytes]], *, lost: bool = False) -> tuple[list[Came], int]:
    """Give what came, which is the same in both ways, and how many answers were plain."""
    came, ways = came_in_both_ways(answers, lost=lost)
    return came, ways.plain


@pytest.mark.parametrize("server", sorted(set(SERVERS) - {"llama.cpp"}))
def test_what_servers_write_is_plain_in_whatever_pieces_its_body_comes(server: str) -> None:
    raw = answering(server)
    end = len(raw) - len(BODY)
    for places in ([], [end], [end + 1], [len(raw) - 1], [end, end + 9, end + 10]):
        came, plain = is_same([cut(raw, places)] * 3)
        assert plain == 3
        assert [(each.answer and each.answer[2], each.free) for each in came] == [(BODY, True)] * 3
    assert is_same([cut(raw, [end - 1])])[1] == 0


@pytest.mark.parametrize("status", [0, 99, 100, 101, 103, 199, 200, 201, 204, 205, 302, 304, 404, 429, 500, 599, 999])
@pytest.mark.parametrize("length", [0, 3])
def test_every_status_is_read_the_same(status: int, length: int) -> None:
    raw = b"HTTP/1.1 %03d Some-thing (odd)\r\n" % status + LENGTH % length + b"abc"[:length]
    for places in ([], [len(raw) - length], [len(raw) - 1]):
        for lost in (False, True):
            is_same([cut(raw, places), [answering()]], lost=lost)
    assert is_same([[raw]])[1] == (status >= 200 and status not in {204, 304})


STREAM = OK + b"content-type: text/event-stream\r\n" + LENGTH
EVENT = b"data: 1\n\n"


def test_a_stream_that_says_its_length_is_given_piece_by_piece() -> None:
    head = STREAM % len(EVENT)
    for size in range(len(EVENT) + 1):
        came, plain = is_same([cut(head + EVENT, [len(head) + size]), [answering()]])
        assert ([each.streamed for each in came], plain) == ([[EVENT, None], []], 1)
        came, plain = is_same([[head + EVENT[:size]]], lost=True)
        assert (came[0].streamed, plain) == ([EVENT[:size], None if size == len(EVENT) else Cause.CLOSED], 0)


@pytest.mark.parametrize("more", [b"x", b"\r\n", b"HTTP", answering(), b"x" * 50])
@pytest.mark.parametrize("place", [0, 1, 29])
def test_what_comes_after_a_body_is_nobodys_answer(more: bytes, place: int) -> None:
    raw = answering()
    begin = len(raw) - len(BODY) + place
    came, plain = is_same([[raw[:begin], raw[begin:] + more], [answering("nginx", b"{}")]])
    assert plain == (2 if came[0].free else 1)
    assert came[0].answer is not None
    assert came[0].closed == (more != b"\r\n")
    is_same([[raw + more], [answering("nginx", b"{}")]])
    came, plain = is_same([[raw], [more + answering("nginx", b"{}")]])
    assert plain == 1
    assert came[0].answer is not None


def test_an_answer_that_is_too_large_is_given_up() -> None:
    for size in (39, 40, 41, 80):
        raw = answering(body=b"x" * size)
        begin = len(raw) - size
        for places in ([], [begin], [begin + 1], [begin + 39], [begin + 40], [begin + 41], [begin + 1, begin + 41]):
            came, plain = is_same([cut(raw, places), [answering()]])
            assert plain == (2 if size <= 40 else 1)
            assert came[0].fault == (Cause.TOO_LARGE if size > 40 else None)


def test_an_answer_of_which_the_end_is_missing_is_none() -> None:
    for size in (1, 2, len(BODY)):
        came, plain = is_same([[answering()[:-size]]], lost=True)
        assert (plain, came[0].answer, came[0].fault) == (1, None, Cause.CLOSED)


LINES = [
    b"Connection: close", b"Connection: keep-alive", b"connection: Keep-Alive", b"connection: keep-alive, close",
    b"Connection: upgrade", b"Upgrade: websocket", b"Proxy-Connection: close", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity", b"Content-Encoding: gzip", b"Content-Length: 3", b"content-length: 03",
    b"Content-Length: +3", b"Content-Length: 3 ", b"Content-Length: 3, 3", b"Content-Length:", b"Content-Length: 0",
    b"Content_Length: 3", b"Content-Type: text/event-stream", b"Content-Type: text/event-stream; charset=utf-8",
    b"x: a", b"X: b", b"x:  a", b"x: a ", b"x:\ta", b"x: a\tb", b"x :a", b" x: a", b"x:", b"x: ", b"x", b": a",
    b"x: \xe9", b"x: a\x00b", b"x: a\x7fb", b"x: a\rb", b"x: a\nb", b"x: a\r\n b", b"x(y): a", b"x(: a", b"x.y!: a",
    b"x_y: a",
    b"a" * 64 + b": a", b"A" * 65 + b": a", b"x: y: z", b"Retry-After: 5", b"Trailer: x", b"Expect: 100-continue",
]  # fmt: skip
FIRSTS = [
    b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200\r\n", b"HTTP/1.1 200 \r\n", b"HTTP/1.1 2000 OK\r\n", b"HTTP/1.1 20 OK\r\n",
    b"HTTP/1.1  200 OK\r\n", b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200  Very \r\n", b"HTTP/1.1 200 \xe9\r\n",
    b"HTTP/1.1 200\tOK\r\n",
    b"http/1.1 200 OK\r\n", b"HTTP/1.2 200 OK\r\n", b"HTTP/2.0 200 OK\r\n", b"HTTP/1.1 +20 OK\r\n",
    b"HTTP/1.1 200OK\r\n",
    b"HTTP/1.1 500 Internal Server Error\r\n", b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 304 Not Modified\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", b"\r\nHTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\r\n",
    b"ICY 200 OK\r\n",
]  # fmt: skip
ODD = st.sampled_from([bytes([each]) for each in b"\x00\t\n\r \x7f\x80\xff:;,-+09aZ/"] + [b"\r\n", b"\r\n\r\n"])


@pytest.mark.parametrize("lost", [False, True])
def test_a_line_that_is_odd_is_read_as_the_parser_reads_it(lost: bool) -> None:
    for first, line in [*((OK, line) for line in LINES), *((first, b"a: b") for first in FIRSTS)]:
        for lines in (b"%b\r\ncontent-length: 3\r\n\r\n", b"content-length: 3\r\n%b\r\n\r\n"):
            raw = first + lines.replace(b"%b", line)
            for places in ([], [len(raw)], [len(raw) + 2]):
                is_same([cut(raw + b"abc", places), [answering()]], lost=lost)


@st.composite
def answers(draw: st.DrawFn) -> list[bytes]:
    """Draw an answer that is plain but for a line or two, and some that have bytes that are wrong, in pieces."""
    body = draw(st.sampled_from([b"", b"x", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"x" * 40, b"x" * 41]))
    lines = [b"Content-Length: %d" % len(body)] * draw(st.sampled_from([1, 1, 1, 1, 0, 2]))
    lines = draw(st.permutations([*lines, *draw(st.lists(st.sampled_from(LINES), max_size=2))]))
    raw = draw(st.just(OK) | st.sampled_from(FIRSTS)) + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    border = len(raw)
    raw += body + draw(st.sampled_from([b""] * 4 + [b"x", b"\r\n", OK]))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place, removed = draw(st.integers(0, len(raw))), draw(st.integers(0, 2))
        raw = raw[:place] + draw(ODD | st.just(b"")) + raw[place + removed :]
    return cut(raw, draw(st.lists(st.sampled_from([border, border + 1]) | st.integers(0, len(raw)), max_size=3)))


@OFTEN
@given(st.lists(answers() | st.just([answering("nginx")]), min_size=1, max_size=3), st.booleans())
def test_any_bytes_are_read_as_the_parser_reads_them(data: list[list[bytes]], lost: bool) -> None:
    is_same(data, lost=lost)


@OFTEN
@given(st.sampled_from(list(SERVERS)), st.data())
def test_so_is_an_answer_of_which_a_byte_is_another(server: str, data: st.DataObject) -> None:
    raw = answering(server, b"{}")
    place, byte = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.binary(max_size=2) | ODD)
    is_same([[raw[:place] + byte + raw[place + 1 :]], [answering()]])
