"""The texts that a sweep looks at are those that Python finds, and say what Python reads, however they are written."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.plain import read_answer, read_request
from fmops_serving.guard.openai import answer, places, request
from fmops_serving.guard.openai.answer import texts_of_answer
from fmops_serving.guard.openai.places import Text
from fmops_serving.guard.openai.request import Unreadable
from fmops_serving.native import native
from tests.serving.gateway.plainly import asked, texts
from tests.serving.guard.openai.shapes import ANY, CHOICES, MESSAGES
from tests.support.native import needs_native

pytestmark = needs_native
OFTEN = settings(max_examples=120, deadline=None)
NEVER = r"[^\x{0}-\x{10FFFF}]"


def looks(body: bytes, pattern: str, *, of_request: bool) -> int | None:
    """Say how many texts a sweep looks at without finding a pattern; None where it finds it or does not sweep."""
    assert native is not None
    told: list[Sequence[float]] = []
    rail = {"glance": native.Patterns([pattern], False), "threshold": 1.0, "timeout": 30.0, "is_scored": False}
    sweep = native.Sweep([{**rail, "told": lambda _, seconds: told.append(seconds)}])
    if of_request:
        asked = read_request(body)
        swept = None if asked is None else sweep.request(asked)
    else:
        answered = read_answer(body)
        swept = None if answered is None else sweep.answer(answered)
    return None if swept is None else sum(map(len, told))


def whole(text: str) -> str:
    """Give the pattern of one text and no other."""
    return "".join([r"\A", *(rf"\x{{{ord(each):x}}}" for each in text), r"\z"])


def has_its_texts(body: bytes, read: Callable[[dict[str, Any]], list[Text]], *, of_request: bool) -> bool:
    """Say whether a body is swept; it has the texts that Python finds, then, and no others."""
    count = looks(body, NEVER, of_request=of_request)
    if count is None:
        return False
    said = [each.text for each in read(orjson.loads(body))]
    assert count == len(said)
    for text in said:
        assert looks(body, whole(text), of_request=of_request) is None
    return True


def in_request(body: bytes) -> bool:
    return has_its_texts(body, asked, of_request=True)


def in_answer(body: bytes) -> bool:
    return has_its_texts(body, texts_of_answer, of_request=False)


def is_told(body: bytes, swept: Callable[[bytes], bool]) -> None:
    try:
        swept(body)
    except Unreadable:
        pytest.fail(f"it was swept, and cannot be read: {body!r}")


NASTY = st.text(st.sampled_from('\\\\\\""/u0041nbftr\x00\x1f\n\t\x7f aé\u2028\uffff\ufffd☃'), max_size=12)


@OFTEN
@given(st.lists(texts(NASTY), min_size=1, max_size=4))
def test_a_text_says_what_python_reads_however_it_is_written(contents: list[bytes]) -> None:
    messages = b",".join(b'{"role":"user","content":%b}' % each for each in contents)
    assert in_request(b'{"model":"m","messages":[%b]}' % messages)
    choices = b",".join(b'{"index":1,"message":{"role":"assistant","x":%b}}' % each for each in contents)
    assert in_answer(b'{"choices":[%b],"usage":{}}' % choices)


@pytest.mark.parametrize(
    "written",
    [
        rb"\\", rb"\\\\", rb"\\n", rb"\\\n", rb"\\\\n", rb"\"", rb"\\\"", rb"\/", rb"\u005c", rb"\u005cn", rb"\\u005c",
        rb"\\\u005c",
        rb"\u0022", rb"\u0000", rb"\b\f\n\r\t", rb"a\\b", rb"\u00e4\u00E4", rb"\u2028x", rb"\uffff", rb"\ud7ff\ue000",
        rb"u0041\\",
        rb"\\u0041", "é\\\\é\\né\\u00e9é".encode(), "\\n☃\\\\☃".encode(), "\U0001f600\\\\\U0001f600".encode(), b"\x7f",
    ],
)  # fmt: skip
def test_so_does_one_of_these(written: bytes) -> None:
    assert in_request(b'{"model":"m","messages":[{"content":"%b","role":"user"}]}' % written)
    assert in_answer(b'{"choices":[{"message":{"content":"%b"}}]}' % written)


@pytest.mark.parametrize(
    ("content", "is_swept"),
    [
        (b"data:", False), (b"DaTa:,x", False), (rb"\u0064ata:", False), (rb"dat\u0041:", False), (rb"data\u003a",
        False),
        (rb"\u0044\u0041\u0054\u0041\u003a", False), (b"data", True), (b"data;", True), (rb"data\n:", True),
        (rb"\ndata:", True),
        (rb"dat\\a:", True), (b" data:", True), ("dätä:".encode(), True), ("data\u00b7:".encode(), True),
    ],
)  # fmt: skip
def test_a_file_is_known_however_its_scheme_is_written(content: bytes, is_swept: bool) -> None:
    assert in_request(b'{"model":"m","messages":[{"role":"user","content":"%b"}]}' % content) == is_swept


@pytest.mark.parametrize(
    ("role", "is_swept"),
    [
        ("u" * 64, True),
        ("u" * 65, True),
        ("é" * 64, True),
        ("é" * 65, True),
        ("\\u00e9" * 10, False),
        ("\\u00e9" * 64, False),
    ],
)
def test_a_word_is_as_long_as_it_may_be(role: str, is_swept: bool) -> None:
    assert in_request(b'{"model":"m","messages":[{"role":"%b","content":"x"}]}' % role.encode()) == is_swept
    assert in_answer(b'{"choices":[{"finish_reason":"%b","message":{}}]}' % role.encode()) == is_swept
    assert in_answer(b'{"object":"%b","choices":[{"message":{"role":"%b"}}]}' % (2 * (role.encode(),))) == is_swept


NAMES = {
    *request.NO_TEXT,
    *request.TOKENS,
    *request.MARKED,
    *answer.REPEATED,
    *answer.NO_TEXT,
    *answer.CODED,
    *places.CLOSED,
    "prompt_embeds",
    "messages",
    "choices",
    "message",
    "content",
    "odd",
}


@pytest.mark.parametrize(
    "value",
    [
        b'"x"',
        b'"data:image/png,x"',
        b"[1]",
        b'["",[2]]',
        b'["x"]',
        b'{"x":"y"}',
        b"1",
        b"0",
        b"0.5",
        b"-1",
        b"true",
        b"null",
        b'""',
        b"[]",
    ],
)
def test_whatever_field_a_value_stands_in(value: bytes) -> None:
    for name in NAMES:
        field = b'"%b":%b' % (name.encode(), value)
        for around in (b'{"model":"m",%b}', b'{"model":"m","messages":[{"role":"user","content":"x"}],%b}'):
            is_told(around.replace(b"%b", field), in_request)
        is_told(b'{"model":"m","messages":[{%b,"role":"user","content":"x"}]}'.replace(b"%b", field), in_request)
        for around in (
            b"{%b}", b'{"choices":[{%b}]}', b'{"choices":[{"message":{%b}}]}', b'{"choices":[{"message":{"a":"b"}}],%b}'
        ):  # fmt: skip
            in_answer(around.replace(b"%b", field))


TOP = st.sampled_from(
    ["metadata", "prompt", "prompt_embeds", "tools", "usage", "id", "error", "object", "logprobs", "data", "status"]
)
MIXED = st.dictionaries(TOP, ANY, max_size=2) | st.fixed_dictionaries(
    {"object": st.just("response")}, optional={"instructions": ANY, "output": ANY, "text": ANY}
)

CONVERSATION = st.sampled_from(["messages", "input"])


def a_request(top: dict[str, Any], name: str, messages: Any) -> dict[str, Any]:
    return {"model": "m", **top, name: messages}


@OFTEN
@given(
    texts(
        st.builds(lambda top, name, messages: {"model": "m", **top, name: messages}, MIXED, CONVERSATION, MESSAGES),
        twice=True,
    )
)
def test_any_request_that_is_swept_has_the_texts_that_python_finds(body: bytes) -> None:
    is_told(body, in_request)


@OFTEN
@given(texts(st.builds(lambda top, choices: {**top, "choices": choices}, MIXED, CHOICES), twice=True))
def test_any_answer_that_is_swept_has_the_texts_that_python_finds(body: bytes) -> None:
    is_told(body, in_answer)
