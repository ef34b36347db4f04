"""Whatever value stands in JSON, and whatever is wrong with it: what is read of it is what Python reads."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving.gateway.plainly import reads_answer, reads_request, texts
from tests.support.native import needs_native

pytestmark = needs_native
OFTEN = settings(max_examples=120, deadline=None)
VALUES = [
    b"0", b"-0", b"00", b"01", b"-01", b"-", b"+1", b"1.", b".1", b"1.5", b"-1.5", b"1.05e5", b"1e5", b"1E+05", b"1e-5",
    b"1e",
    b"1e+", b"1e309", b"1e-309", b"-1e99", b"1.e5", b"0.e5", b"0e0", b"00.5", b"1-2", b"1e5e5", b"1.5.5", b"--1",
    b"0x1", b"1_0",
    b"123456789012345", b"1234567890123456", b"18446744073709551616", b"-12345678901234567890123",
    b"0.1234567890123456789012",
    b"1" * 30, b"-" + b"1" * 350, b"1" * 350 + b".5", b"\xd9\xa1", b"NaN", b"Infinity", b"-Infinity", b"true", b"True",
    b"tru", b"truee", b"false", b"null",
    b"nul",
    b"nullx", b"''", b'"', b'"\\"', b'"\\\\"', b'"\\\\\\"', b'"\\\\\\""', b'"a', b'"\\x"', b'"\\u12"', b'"\\u12g4"',
    b'"\\u+123"',
    b'"\\u0000"', b'"\\ud800"', b'"\\udc00"', b'"\\ud83d\\ude00"', b'"\\udbff\\uffff"', b'"\\uFFFF"', b'"\\u00E9"',
    b'"\\U0041"',
    b'"\n"', b'"\t"', b'"\x00"', b'"\x1f"', b'"\x7f"', b'"\x80"', b'"\xc3"', b'"\xc3\xa9"', b'"\xed\xa0\x80"',
    b'"\xf0\x9f\x98\x80"',
    b'"\xf4\x90\x80\x80"', b'"\xc0\x80"', b"[]", b"[ ]", b"[,]", b"[1,]", b"[1 2]", b"[1,,2]", b"[1", b"]", b"[}",
    b"{]",
    b"{}", b"{ }", b"{,}", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{a:1}", b"{1:1}", b'{"a" 1}', b'{"a":1 "b":2}',
    b'{"a":1:2}',
    b'{"a":1,"a":2}', b'{"\n":1}', b"[true false]", b"/**/1", b"1/**/", b"\x0c1", b"1\x0b", b"\xc2\xa01", b"[\x0c]",
    b" \t\r\n1\n",
    *(bracket * depth + b"1" + close * depth for depth in (30, 31, 32, 33, 40, 1100)
      for bracket, close in ((b"[", b"]"), (b'{"a":', b"}"))),
    b"[" * 32 + b"{}" + b"]" * 32, b"[[]," * 32 + b"1" + b"]" * 32,
    b"{" + b",".join(b'"%d":1' % each for each in range(50)) + b"}",
]  # fmt: skip


@pytest.mark.parametrize(
    "around",
    [
        b'{"model":"m","temperature":%b}', b'{"temperature":%b,"model":"m"}', b'{"stream":%b,"model":"m"}',
        b'{"model":%b}',
        b'{"messages":%b,"model":"m"}', b'{"messages":[%b],"model":"m"}', b'{"messages":[{"role":%b}],"model":"m"}',
        b'{"model":"m"}%b', b'%b{"model":"m"}', b'{"model":"m"%b}', b'{"model":"m",%b}', b'{%b:1,"model":"m"}',
    ],
)  # fmt: skip
def test_whatever_value_stands_in_a_request(around: bytes) -> None:
    read = [reads_request(around.replace(b"%b", value)) for value in VALUES]
    assert sum(read) > 25 or not around.startswith((b'{"model":"m","t', b'{"messages"', b'{"stream"'))


@pytest.mark.parametrize(
    "around",
    [
        b'{"usage":%b}', b'{"usage":{"prompt_tokens":%b,"output_tokens":2}}', b'{"usage":{"x":%b,"output_tokens":2}}',
        b'{"usage":{"input_tokens_details":%b}}', b'{"usage":{"input_tokens_details":{"cached_tokens":%b}}}',
        b'{"choices":%b}',
        b'{"usage":{"output_tokens_details":{"x":%b,"reasoning_tokens":1}}}', b'{"choices":[{"index":%b}],"usage":{}}',
        b"%b",
        b'{"choices":[{"message":%b}]}', b'{"choices":[{"message":{"content":%b}}]}', b'{%b:{"prompt_tokens":1}}',
        b"%b{}",
    ],
)  # fmt: skip
def test_whatever_value_stands_in_an_answer(around: bytes) -> None:
    read = [reads_answer(around.replace(b"%b", value)) for value in VALUES]
    assert sum(read) > 25 or not around.startswith((b'{"usage"', b'{"choices"'))


NAMES = st.sampled_from([
    "model", "stream", "messages", "role", "content", "metadata", "a", "", "\u00e9", "usage", "choices", "message",
    "prompt_tokens",
    "input_tokens", "completion_tokens", "output_tokens", "prompt_tokens_details", "output_tokens_details",
    "cached_tokens",
    "reasoning_tokens", "index", "finish_reason", "mod\"el", "us\\age",
])  # fmt: skip
SCALARS = st.sampled_from(
    [None, True, False, 0, 1, 15, -1, 0.5, 1e300, "", "m", "data:,x", 'a\n"\\/b', "\u2028\U0001f600\x7f"]
)
JSON = st.recursive(
    SCALARS | st.text(max_size=6) | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), below, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(NAMES, JSON, max_size=4)
USAGES = FIELDS | st.dictionaries(NAMES, SCALARS | st.dictionaries(NAMES, SCALARS, max_size=3), max_size=4)
WRONG = st.sampled_from([each for each in VALUES if len(each) < 20]) | st.binary(max_size=1)


@st.composite
def bodies(draw: st.DrawFn, needed: st.SearchStrategy[dict[str, Any]]) -> bytes:
    """Draw an object with some fields, of which some bytes are wrong."""
    body = draw(texts(st.builds(lambda some, others: {**some, **others}, FIELDS, needed), twice=True))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place, removed = draw(st.integers(0, len(body))), draw(st.integers(0, 3))
        body = body[:place] + draw(WRONG) + body[place + removed :]
    return body[: draw(st.sampled_from([len(body)] * 5) | st.integers(0, len(body)))]


@OFTEN
@given(bodies(st.fixed_dictionaries({"model": st.just("m") | st.text(max_size=3)})))
def test_any_request_is_read_as_python_reads_it(body: bytes) -> None:
    reads_request(body)


@OFTEN
@given(bodies(st.fixed_dictionaries({"usage": USAGES})))
def test_any_answer_is_read_as_python_reads_it(body: bytes) -> None:
    reads_answer(body)
