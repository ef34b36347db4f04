"""Sound inputs of each target, from which a fuzzer starts."""

import json

from tests.support.anthropic_server import Message, events, text, whole

_USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
_THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}
_ALL = Message([_THOUGHT, {"type": "text", "text": "yes"}, _USE], "tool_use")
_CALL = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_CHAT = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
        {"role": "assistant", "content": "x", "tool_calls": [_CALL]},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "42"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
    "temperature": 1.5, "stop": ["a"], "reasoning_effort": "low", "stream": True, "max_tokens": 5,
}  # fmt: skip
_REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-length: 2\r\n\r\n{}"
_CHUNKED = b"POST /v1/x HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


def _delta(words: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": words}}]}).encode() + b"\n\n"


SEEDS = {
    "server_parser": [b"\x20" + _REQUEST + _CHUNKED, b"\x05GET /v1/models HTTP/1.0\r\n\r\n"],
    "stream_screen": [
        b"\x30" + (_delta("this is for") + _delta("bidden, no.") + b"data: [DONE]\n\n").replace(b"\n", end)
        for end in (b"\n", b"\r", b"\r\n")
    ],
    "anthropic_stream": [b"\x40" + b"".join(events(each, "m")) for each in (_ALL, text("yes"))],
    "anthropic_request": [json.dumps(_CHAT).encode()],
    "anthropic_answer": [json.dumps(whole(_ALL, "m")).encode()],
}
