"""The model's name in a body: the backend's takes its place, and nothing else changes."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.exchange import Exchange
from fmops_serving.gateway.kind import Kind
from fmops_serving.gateway.naming import model_of, parse, rename
from fmops_serving.gateway.refusal import Refusal

FORM = "multipart/form-data; boundary="


def asked(body: bytes, kind: Kind = Kind.CHAT, content_type: str = "application/json") -> Exchange:
    exchange = Exchange("POST", "/v1/x", "", {"content-type": content_type}, body, "r", 0.0, kind)
    parse(exchange)
    return exchange


def renamed(body: bytes, *, whole: bool = False) -> bytes:
    exchange = asked(body)
    exchange.whole = whole
    return rename(exchange, "a/b")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"x"}', b'{"model":"a/b"}'),
        (b'{ "model" : "x" , "n" : 1.50 }', b'{ "model" : "a/b" , "n" : 1.50 }'),
        (b'{"n":123456789012345678901,"model":"x"}', b'{"n":123456789012345678901,"model":"a/b"}'),
        (b'{"a":"\\"model\\": \\"y\\"","model":"x"}', b'{"a":"\\"model\\": \\"y\\"","model":"a/b"}'),
        (b'{"model":"\\u0078","a":"\\n"}', b'{"model":"a/b","a":"\\n"}'),
        (b'{"model":"x","a":"model"}', b'{"model":"a/b","a":"model"}'),
        (b'{"a":{"model":"x"},"model":"x"}', b'{"a":{"model":"x"},"model":"a/b"}'),
        (b'{"a":{"model":"x"},"mod\\u0065l":"x"}', b'{"a":{"model":"x"},"model":"a/b"}'),
        (b'{"model":"y","model":"x"}', b'{"model":"a/b"}'),
    ],
    ids=[
        "plain", "spaces", "a number that no machine holds", "a text that looks like it", "an escaped value",
        "a value of that name", "one within", "one within, and the key escaped", "twice",
    ],
)  # fmt: skip
def test_the_name_changes_and_nothing_else(body: bytes, expected: bytes) -> None:
    assert renamed(body) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.just("model"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("model"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda key: key != "model"), JSON, max_size=4),
    st.text(min_size=1, max_size=6),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_around_it(others: dict[str, Any], model: str, ascii_only: bool, whole: bool) -> None:
    body = json.dumps({**others, "model": model}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        exchange = asked(body)
    except Refusal:
        return  # a surrogate alone is no text
    exchange.whole = whole
    assert model_of(exchange) == model
    assert orjson.loads(rename(exchange, "a/b")) == {**others, "model": "a/b"}


def form(*parts: tuple[str, bytes], boundary: bytes = b"b") -> bytes:
    lines = [
        b"--%b\r\ncontent-disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary, head.encode(), body)
        for head, body in parts
    ]
    return b"".join(lines) + b"--" + boundary + b"--\r\n"


AUDIO = ('name="file"; filename="model"', b"RIFF\r\n\r\nname=model\r\n\x00\xff")


@pytest.mark.parametrize(
    ("body", "content_type", "model"),
    [
        (form(AUDIO, ('name="model"', b"whisper")), FORM + "b", "whisper"),
        (form(('name="model"', b"whisper"), AUDIO), FORM + '"b"', "whisper"),
        (form(("name=model", b"whisper")), FORM + "b; charset=utf-8", "whisper"),
        (form(AUDIO), FORM + "b", None),
        (form(('name="model"', b"one"), ('name="model"', b"two")), FORM + "b", None),
        (form(('name="model"', b"whisper")), "multipart/form-data", None),
        (form(('name="model"', b"whisper")), FORM + "other", None),
        (form(('name="model"', b"")), FORM + "b", None),
        (b"", FORM + "b", None),
    ],
    ids=[
        "last", "first, a boundary in quotes", "a name without quotes", "none", "two", "no boundary", "another one",
        "empty", "nothing",
    ],
)  # fmt: skip
def test_a_form(body: bytes, content_type: str, model: str | None) -> None:
    exchange = asked(body, Kind.TRANSCRIPTIONS, content_type)
    if model is None:
        with pytest.raises(Refusal, match="model"):
            model_of(exchange)
    else:
        assert model_of(exchange) == model
        assert rename(exchange, "a/b") == body.replace(b"whisper", b"a/b")


def test_only_transcriptions_take_forms() -> None:
    with pytest.raises(Refusal, match="takes JSON") as refused:
        asked(form(('name="model"', b"x")), Kind.CHAT, FORM + "b")
    assert refused.value.status == 415
