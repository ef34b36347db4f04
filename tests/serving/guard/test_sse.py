"""Events of a stream, by the HTML standard's grammar: the same however lines end and wherever the bytes are cut."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.guard.sse import Event, Splitter

MARK = b"\xef\xbb\xbf"


def split(*pieces: bytes) -> list[Event]:
    splitter = Splitter()
    found = [event for piece in pieces for event in splitter.feed(piece)]
    return [*found, *splitter.rest()]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CR LF"])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_events_are_the_same_however_lines_end_and_bytes_are_cut(end: bytes, data: st.DataObject) -> None:
    lines = [b"data: a", b"", b": comment", b"id: 7", b"data:b", b"data: c", b"", b"event: x", b"data:  d", b"", b""]
    whole = end.join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    found = split(*(whole[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True)))
    assert b"".join(event.raw for event in found) == whole
    assert [event.data for event in found if event.data] == [b"a", b"b\nc", b" d"]


@given(text=st.text("a\r\n", max_size=12))
@settings(deadline=None)
def test_an_event_ends_with_an_empty_line_of_whatever_kinds_of_ends(text: str) -> None:
    events = re.findall(r"(?s:.*?)(?>\r\n|\n|\r){2}|.+", text, re.DOTALL)
    assert [event.raw.decode() for event in split(text.encode())] == events


@pytest.mark.parametrize(
    ("pieces", "early"),
    [
        pytest.param([b"data: a\r\r", b"data: b"], [b"a"], id="CR ends an event at once, without what comes next"),
        pytest.param([b"data: a\r\n\r", b"\ndata: b"], [b"a"], id="CR LF cut in its middle"),
        pytest.param([b"data: a\n\r", b"data: b"], [b"a"], id="ends of two kinds"),
        pytest.param([b"data: a\r\ndata: b\n"], [], id="CR LF is one end"),
        pytest.param([b"data: a\n", b"\n"], [b"a"], id="an end in two pieces"),
    ],
)
def test_an_event_is_given_when_its_empty_line_came(pieces: list[bytes], early: list[bytes]) -> None:
    splitter = Splitter()
    assert [event.data for piece in pieces for event in splitter.feed(piece) if event.data] == early


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b'data: {\ndata: "a": 1}\n\n', b'{\n"a": 1}'),
        (MARK + b"data: a\n\n", b"a"),
        (b"database: a\ndata: b\n\n", b"b"),
        (b"data : a\n\n", b""),
        (b"data: a", b"a"),
        (b"data: a\n", b"a"),
    ],
    ids=["lines are joined", "a byte order mark", "another field", "no field", "no end", "half an end"],
)
def test_the_data_of_an_event(raw: bytes, data: bytes) -> None:
    assert [(event.raw, event.data) for event in split(raw)] == [(raw, data)]


def test_other_data_leaves_other_fields() -> None:
    (event,) = split(b"id: 1\r\ndatabase: x\r\ndata: a\r\ndata: b\r\n\r\n")
    assert event.written(b"c") == b"id: 1\ndatabase: x\ndata: c\n\n"
