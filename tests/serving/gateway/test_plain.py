"""What is read of JSON where it stands is what Python reads of it, and of most JSON something is read."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.gateway.plain import read_answer, read_request
from fmops_serving.guard.openai.jsontext import read_json
from tests.serving.gateway.plainly import reads_answer, reads_request
from tests.support.native import needs_native

pytestmark = needs_native


TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind.\nSay \"yes\" or \\no\\, a/b\t– größe."},
    {"role": "user", "content": "x"},
]  # fmt: skip
OPENAI = {
    "messages": TALK,
    "model": "ns/tiny",
    "max_tokens": 64,
    "stream": True,
    "stream_options": {"include_usage": True},
}
LANGCHAIN = {"messages": TALK, "model": "gpt-4o", "temperature": 0.7, "top_p": 1, "n": 1, "stop": None, "seed": 42}
TOOLS = {**LANGCHAIN, "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]}
CURL = b"""{
    "model": "tiny",
    "messages": [
      { "role": "user", "content": "Say this is a test!" }
    ],
\t"temperature": 0.7, "logit_bias": {"50256": -100}, "top_p": 1e-1\r
}
"""
REQUESTS = {
    "openai": json.dumps(OPENAI, ensure_ascii=False, separators=(",", ":")).encode(),
    "requests": json.dumps(LANGCHAIN).encode(),
    "orjson": orjson.dumps(LANGCHAIN),
    "tools": orjson.dumps(TOOLS),
    "curl": CURL,
    "embeddings": b'{"input":["a","b"],"model":"e","encoding_format":"base64"}',
    "a name in letters": '{"model":"größe","prompt":"\U0001f600"}'.encode(),
    "a model alone": b'{"model":"m"}',
    "names again below": b'{"metadata":{"a":1,"a":2,"model":"z","\\u0061":3},"model":"m"}',
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_clients_write_is_read(name: str) -> None:
    assert reads_request(REQUESTS[name])


def answering(usage: Any, message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}]
    return {"id": "c", "object": "chat.completion", "created": 1758000000, "choices": choices, "usage": usage, **fields}


DETAILS = {
    "prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8,
    "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 0},
}  # fmt: skip
RESPONSE = {
    "input_tokens": 3, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 4}, "total_tokens": 8,
}  # fmt: skip
SPOKEN = {"role": "assistant", "content": TALK[0]["content"], "tool_calls": [], "refusal": None}
ANSWERS = {
    "vllm": orjson.dumps(answering(DETAILS, SPOKEN, system_fingerprint=None, prompt_logprobs=None)),
    "openai": json.dumps(answering(DETAILS, SPOKEN, service_tier="default"), indent=2).encode(),
    "llama.cpp": orjson.dumps(
        {**answering({"prompt_tokens": 3}, SPOKEN), "timings": {"prompt_ms": 1.2345678901234567}}
    ),
    "tool calls": orjson.dumps(answering(DETAILS, {"role": "assistant", "content": None, "tool_calls": [{"id": "t"}]})),
    "a response": orjson.dumps({"object": "response", "output": [{"content": [{"text": "x"}]}], "usage": RESPONSE}),
    "embeddings": orjson.dumps({"data": [{"embedding": [0.1, -0.25, 3e-05]}], "usage": {"prompt_tokens": 3}}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_servers_write_is_read(name: str) -> None:
    assert reads_answer(ANSWERS[name])
    assert read_json(ANSWERS[name])["usage"]


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (b"null", {}),
        (b"[]", {}),
        (b"7", {}),
        (b'"prompt_tokens"', {}),
        (b"{}", {}),
        (b'{"output_tokens":5,"input_tokens":3}', {"input": 3, "output": 5}),
        (b'{"prompt_tokens":0,"completion_tokens":999999999999999}', {"input": 0, "output": 999999999999999}),
        (b'{"prompt_tokens":true,"completion_tokens":-1}', {}),
        (b'{"prompt_tokens":1.0,"completion_tokens":1e1}', {}),
        (b'{"prompt_tokens":"3","completion_tokens":[3]}', {}),
        (b'{"prompt_tokens_details":[],"completion_tokens_details":null}', {}),
        (b'{"prompt_tokens_details":{"cached_tokens":[1],"b":2}}', {}),
        (b'{"prompt_tokens_details":{"b":{"cached_tokens":1},"cached_tokens":2,"c":3}}', {"cached": 2}),
        (b'{"output_tokens_details":{"cached_tokens":1,"reasoning_tokens":2}}', {"reasoning": 2}),
        (b'{"a":{"prompt_tokens":9},"prompt_tokens":1}', {"input": 1}),
    ],
)
def test_what_a_usage_counts(usage: bytes, tokens: dict[str, int]) -> None:
    body = b'{"a":{"usage":{"prompt_tokens":9}},"usage":%b,"choices":[]}' % usage
    answer = read_answer(body)
    assert answer is not None
    assert (answer.tokens, reads_answer(body)) == (tokens, True)


@pytest.mark.parametrize(
    "usage",
    [
        b'{"prompt_tokens":1,"prompt_tokens":2}',
        b'{"prompt_tokens":1,"input_tokens":2}',
        b'{"input_tokens":null,"prompt_tokens":2}',
        b'{"prompt_tokens_details":null,"input_tokens_details":{"cached_tokens":1}}',
        b'{"prompt_tokens_details":{"cached_tokens":1,"cached_tokens":2}}',
        b'{"prompt_tokens_details":{"cached_tokens":1,"cached_t\\u006fkens":2}}',
        b'{"prompt_tokens":1,"prompt_t\\u006fkens":2}',
        b'{"prompt_tokens":12345678901234567890}',
        b'{"prompt_tokens":01}',
        b'{"prompt_tokens":-0}',
    ],
)
def test_a_usage_that_can_be_read_in_two_ways_is_pythons(usage: bytes) -> None:
    reads_answer(b'{"usage":%b}' % usage)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{}", b"[]", b"null", b'"model"', b'{"model":1}', b'{"model":null}', b'{"model":""}',
        b'{"model":"a","model":"b"}', b'{"model":"a","mod\\u0065l":"b"}', b'{"model":"\\u0061"}', b'{"a":1}',
        b'{"model":"m"}x', b'{"model":"m"}\x00', b'\xef\xbb\xbf{"model":"m"}', b'{"model":"m"}{}', b'{"model":"m",}',
        b'{"stream":true,"stream":false,"model":"m"}', b'{"model":"m","stream":true,"str\\u0065am":false}',
    ],
)  # fmt: skip
def test_a_request_that_names_no_model_or_names_it_in_two_ways_is_pythons(body: bytes) -> None:
    assert read_request(body) is None


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([*REQUESTS.values(), *ANSWERS.values()]), st.data())
def test_so_is_what_clients_and_servers_write_where_a_byte_is_another(body: bytes, data: st.DataObject) -> None:
    place, byte = data.draw(st.integers(0, len(body) - 1)), data.draw(st.binary(max_size=2))
    for other in (body[:place] + byte + body[place + 1 :], body[:place] + byte + body[place:], body[:place]):
        reads_request(other)
        reads_answer(other)
