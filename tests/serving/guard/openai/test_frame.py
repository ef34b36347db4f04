"""Events that are read by a frame are read as if they were parsed."""

from typing import Any

import orjson
import pytest

from fmops_serving.guard.openai.delta import deltas_of
from fmops_serving.guard.openai.frame import Frames
from fmops_serving.guard.openai.jsontext import read_json
from fmops_serving.guard.sse import event_of


def event(text: Any, model: str = "m", index: int = 0, end: bytes = b"\n\n") -> bytes:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + orjson.dumps({"id": "c", "created": 1, "model": model, "choices": [choice]}) + end


def learnt(raw: bytes) -> Frames:
    frames = Frames()
    frames.learn(raw, deltas_of(read_json(event_of(raw).data)))
    return frames


@pytest.mark.parametrize("text", [" word", '"', "\\", "\u2028", "é", "\x00", "\n", '"}}]}', "[DONE]"])
def test_an_event_that_differs_in_its_text_is_read_as_it_is_parsed(text: str) -> None:
    raw = event(text)
    framed = learnt(event(" first")).read(raw)
    assert framed is not None
    assert [framed.delta] == deltas_of(read_json(event_of(raw).data))
    assert framed.frame.around(framed.string) == raw


@pytest.mark.parametrize(
    "raw",
    [
        event(""), event(None), event(3), event(["a"]), event("a", index=1), event("a", model="n"),
        event("a", end=b"\n"), event("a", end=b"\r\n\r\n"), event("a") + event("b"), event("a")[1:],
        event("a").replace(b'"a"', b'"a","content":"b"'), event("a").replace(b'"a"', b'"\n\na"'),
        event("a").replace(b'"a"', b'\n\n"a"'), event("a").replace(b'"a"', b'"\\ud800"'), b"", b"data: [DONE]\n\n",
    ],
)  # fmt: skip
def test_any_other_event_is_left_to_be_parsed(raw: bytes) -> None:
    assert learnt(event(" first")).read(raw) is None


def test_an_event_is_put_together_again_in_the_bytes_it_came_in() -> None:
    raw = event("first").replace(b'"first"', b'"\\u00e9\\/ \\"x\\""')
    framed = learnt(event("first")).read(raw)
    assert framed is not None
    assert (framed.delta.text, framed.frame.around(framed.string)) == ('\u00e9/ "x"', raw)


@pytest.mark.parametrize("raw", [event("m"), event("first", end=b"\r\n\r\n"), b": x\n" + event("first")])
def test_no_frame_is_made_where_it_is_not_plain_which_bytes_are_the_text(raw: bytes) -> None:
    assert learnt(raw).read(raw.replace(b'"first"', b'"next"')) is None


def test_frames_that_are_never_of_use_are_not_made_for_ever() -> None:
    frames = Frames()
    for number in range(9):
        frames.learn(event("a", str(number)), deltas_of(read_json(event_of(event("a", str(number))).data)))
    assert frames.read(event("b", "7")) is not None
    frames = Frames()
    for number in range(9):
        frames.learn(event("a", str(number)), deltas_of(read_json(event_of(event("a", str(number))).data)))
    assert frames.read(event("b", "8")) is None, "the ninth came when eight had been of no use"
