"""A stream in chunks is read as the parser reads it, wherever it is cut and however odd its chunks are."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.upstream.fault import Cause
from fmops_serving.native import native
from tests.serving.gateway.server.reading import cut
from tests.serving.gateway.upstream.reading import PATIENCE, came_in_both_ways
from tests.support.native import needs_native

pytestmark = needs_native
OFTEN = settings(max_examples=200, deadline=None)
OK = b"HTTP/1.1 200 OK\r\n"
SERVERS = {
    "uvicorn": b"date: Fri, 01 Aug 2025 10:00:00 GMT\r\nserver: uvicorn\r\n"
    b"content-type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n",
    "axum": b"content-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n"
    b"date: Fri, 01 Aug 2025 10:00:00 GMT\r\n\r\n",
    "nginx": b"Server: nginx/1.27.0\r\nDate: Fri, 01 Aug 2025 10:00:00 GMT\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: Chunked\r\nConnection: keep-alive\r\nX-Accel-Buffering: no\r\n\r\n",
}
HEAD = OK + SERVERS["uvicorn"]
NEXT = OK + b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
EVENTS = [b"data: 1\n\n", b"data: \r\n\n", b"x" * 20]
BODY = b"".join(EVENTS)
LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKS = b"".join(map(chunk, EVENTS)) + LAST


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("server", SERVERS)
def test_what_servers_write_is_plain_wherever_its_chunks_are_cut(server: str, late: bool) -> None:
    head = OK + SERVERS[server]
    raw = head + CHUNKS
    whole = [cut(raw, [len(head) + place]) for place in range(len(CHUNKS))]
    in_bytes = cut(raw, range(len(head), len(raw)))
    for pieces in [*whole, in_bytes]:
        came, ways = came_in_both_ways([pieces, [NEXT], pieces], late=late)
        assert ways == (3, 0)
        assert [(each.streamed, each.free) for each in came] == [([BODY, None], True), ([], True), ([BODY, None], True)]
    for place in (0, 9, len(head) - 1):
        came, ways = came_in_both_ways([cut(raw, [place])], late=late)
        assert (came[0].streamed, came[0].free, ways.plain) == ([BODY, None], True, place == 0)


def test_pieces_that_come_together_leave_together_and_others_at_once() -> None:
    for places, joined in (([], [BODY]), ([14, 20], [EVENTS[0], EVENTS[1][:3], EVENTS[1][3:] + EVENTS[2]])):
        assert _given(cut(CHUNKS, places)) == joined


def _given(pieces: list[bytes]) -> list[bytes]:
    assert native is not None
    chunks = native.Chunks()
    return [chunks.stopped[0] if (body := chunks.read(piece)) is None else body for piece in pieces]


@pytest.mark.parametrize("late", [False, True])
def test_a_stream_of_which_the_end_is_missing_breaks_off(late: bool) -> None:
    for size in range(len(CHUNKS)):
        came, ways = came_in_both_ways([[HEAD + CHUNKS[:size]]], lost=True, late=late)
        assert (came[0].streamed[1:], came[0].closed, ways) == ([Cause.CLOSED], False, (1, 0))


SIZES = [
    b"A", b"0a", b"000000000000000a", b"00000000000000a", b"0" * 40 + b"a", b"a;x", b"a;x=y", b'a;x="y;z"', b"a ",
    b"a\t", b"a ;x", b" a", b"0xa", b"+a", b"-a", b"", b"g", b"ag", b"\xd9\xa1", b"a\r", b"a\n", b"\r\na", b"a\x00",
    b"fffffffffffffff", b"7fffffffffffffff", b"ffffffffffffffff", b"1000000000000000a", b"0", b"b", b"9",
    b"a;" + b"x" * 99,
]  # fmt: skip
LINE_ENDS = [b"\n", b"\r", b"", b"\r\r\n", b"\n\r", b"\r\n\r\n", b" \r\n", b"xx", b"\r\nx", b"ab\r\n"]
LASTS = [
    b"00\r\n\r\n", b"000000000000000\r\n\r\n", b"0" * 16 + b"\r\n\r\n", b"0;x\r\n\r\n", b"0\r\nx: y\r\n\r\n",
    b"0\r\nContent-Length: 9\r\nConnection: close\r\nContent-Type: a/b\r\n\r\n", b"0\r\nx\r\n\r\n", b"0\r\n x\r\n\r\n",
    b"0\r\n\n", b"0\n\r\n", b"0\n\n", b"0\r\n\rx", b"0\r\r\n\r\n", b"0\r\n", b"0\r", b"0", b"", b"0 \r\n\r\n",
    b"0\r\nx: y\r\n",
]  # fmt: skip
AFTER = [b"x", b"\r\n", b"\r", b"\n", LAST, b"HTTP", NEXT, HEAD + CHUNKS, b"x" * 50]
EVENT = b"0123456789"
FRAMINGS = {
    **{f"a size {size!r}": b"%b\r\n%b\r\n" % (size, EVENT) + LAST for size in SIZES},
    **{f"a size ended by {end!r}": b"a%b%b\r\n" % (end, EVENT) + LAST for end in LINE_ENDS},
    **{f"a chunk ended by {end!r}": b"a\r\n%b%b" % (EVENT, end) + LAST for end in LINE_ENDS},
    **{f"a last chunk {last!r}": chunk(EVENT) + last for last in LASTS},
    **{f"{after!r} after the end": chunk(EVENT) + LAST + after for after in AFTER},
}


@pytest.mark.parametrize("raw", FRAMINGS.values(), ids=FRAMINGS)
def test_an_odd_framing_is_read_as_the_parser_reads_it_wherever_it_is_cut(raw: bytes) -> None:
    raw = HEAD + chunk(b"first") + raw
    begin = len(HEAD) + len(chunk(b"first"))
    places = [*([place] for place in range(begin - 1, len(raw))), range(begin, len(raw)), []]
    for each, (lost, late) in product(places, [(False, False), (True, True)]):
        came, ways = came_in_both_ways([cut(raw, each), [NEXT]], lost=lost, late=late)
        assert ways.plain >= 1
        body = came[0].streamed[0]
        assert isinstance(body, bytes)
        assert body.startswith(b"first")


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        (b"a;x\r\n0123456789\r\n0\r\nx: y\r\n\r\n", None),
        (b"0" * 40 + b"a\r\n0123456789\r\n" + LAST, None),
        (b"a\r\n0123456789xx" + LAST, Cause.GARBAGE),
        (b"a\r\n0123456789\rx" + LAST, Cause.GARBAGE),
        (b"f" * 17, Cause.GARBAGE),
        (b"g", Cause.GARBAGE),
    ],
)
def test_what_is_odd_is_the_parsers_or_refused(raw: bytes, end: Cause | None) -> None:
    came, _ = came_in_both_ways([[HEAD + chunk(b"first") + raw], [NEXT]])
    assert came[0].streamed == [b"first0123456789" if b"0123" in raw else b"first", end]
    assert [each.free for each in came] == ([True, True] if end is None else [False])


def test_headers_that_come_after_the_body_are_none_of_the_answers() -> None:
    trailers = b"0\r\ncontent-type: a/b\r\nretry-after: 5\r\n\r\n"
    came, _ = came_in_both_ways([[HEAD + chunk(EVENT) + trailers], [HEAD + chunk(EVENT) + trailers], [NEXT]])
    answers = [dict(each.answer[1]) for each in came if each.answer is not None]
    assert [each["content-type"] for each in answers] == [*["text/event-stream; charset=utf-8"] * 2, "application/json"]
    assert not any("retry-after" in each for each in answers)


def test_a_stream_that_nobody_reads_is_kept_only_as_long_as_it_is_small() -> None:
    for sizes in ([20, 20], [20, 21], [41], [40, 1]):
        raw = HEAD + b"".join(chunk(b"x" * size) for size in sizes)
        large = sum(sizes) > PATIENCE.answer
        for pieces in (cut(raw, []), cut(raw, [len(HEAD)]), cut(raw, range(len(HEAD), len(raw)))):
            came, _ = came_in_both_ways([pieces], lost=not large)
            assert came[0].streamed == ([b"", Cause.TOO_LARGE] if large else [b"x" * sum(sizes), Cause.CLOSED])


LINES = [
    b"content-length: 3", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"transfer-encoding: identity",
    b"Connection: close", b"Connection: keep-alive", b"Connection: Upgrade", b"content-encoding: gzip", b"Trailer: x",
    b"content-type: application/json", b"x: ", b"x: a\tb", b"x: a\r\n b", b"Keep-Alive: timeout=5, max=100",
]  # fmt: skip
HEADS = [
    OK + b"content-type: text/event-stream\r\ntransfer-encoding: %b\r\n" % coding
    for coding in (
        b"chunked", b"CHUNKED", b"gzip, chunked", b"chunked, gzip", b"chunked ", b"chunked,", b"chunkedx", b"x",
    )
] + [
    first + b"transfer-encoding: chunked\r\n" + kind
    for first in (
        OK, b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 201 Created\r\n", b"HTTP/1.1 429 Slow\r\n", b"HTTP/1.1 204 No\r\n",
    )
    for kind in (b"content-type: text/event-stream\r\n", b"content-type: application/json\r\n", b"")
] + [OK + b"content-type: text/event-stream\r\n"]  # fmt: skip


@pytest.mark.parametrize("lost", [False, True])
def test_a_head_that_is_odd_is_read_as_the_parser_reads_it(lost: bool) -> None:
    for head, line in product(HEADS, [b"", *LINES]):
        raw = head + (line and line + b"\r\n") + b"\r\n"
        for places in ([], [len(raw)], [len(raw) + 1]):
            came_in_both_ways([cut(raw + chunk(EVENT) + LAST, places), [NEXT]], lost=lost)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Draw a stream, of which some chunks are odd and some bytes are wrong, in pieces."""
    raw = HEAD
    for data in draw(st.lists(st.sampled_from([*EVENTS, EVENT, b"x", b"\r\n"]), max_size=4)):
        size = draw(st.sampled_from([b"%x"] * 3 + [b"%X", b"0%x", b"%x;a"])) % len(data)
        end = draw(st.sampled_from([b"\r\n"] * 15 + LINE_ENDS))
        raw += size + b"\r\n" + data + end
    raw += draw(st.just(LAST) | st.sampled_from(LASTS)) + draw(st.sampled_from([b""] * 4 + AFTER))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place, removed = draw(st.integers(len(HEAD), len(raw))), draw(st.integers(0, 2))
        wrong = draw(st.sampled_from([b"", b"\r", b"\n", b"\r\n", b"0", b"a", b";", b"\x00", b"\xff"]))
        raw = raw[:place] + wrong + raw[place + removed :]
    return cut(raw, draw(st.lists(st.integers(len(HEAD), len(raw)) | st.integers(0, len(raw)), max_size=6)))


@OFTEN
@given(st.lists(streams() | st.just([NEXT]), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_any_stream_is_read_as_the_parser_reads_it(data: list[list[bytes]], lost: bool, late: bool) -> None:
    came_in_both_ways([*data, [NEXT]], lost=lost, late=late)
