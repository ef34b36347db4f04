"""What an answer's usage counts."""

from typing import Any

import orjson

from fmops_serving.guard.openai.jsontext import read_json

_USAGE = b'"usage"'
Tokens = dict[str, int]
"""Tokens by kind: input, output, and of them cached and reasoning."""


def tokens_of(usage: Any) -> Tokens:
    """Read a usage of chat, completions, embeddings or responses; what is missing or no number is left out."""
    if not isinstance(usage, dict):
        return {}
    said = {
        "input": usage.get("prompt_tokens", usage.get("input_tokens")),
        "output": usage.get("completion_tokens", usage.get("output_tokens")),
    }
    read = usage.get("prompt_tokens_details", usage.get("input_tokens_details"))
    if isinstance(read, dict):
        said["cached"] = read.get("cached_tokens")
    written = usage.get("completion_tokens_details", usage.get("output_tokens_details"))
    if isinstance(written, dict):
        said["reasoning"] = written.get("reasoning_tokens")
    return {kind: count for kind, count in said.items() if type(count) is int and count >= 0}  # bool is no count


def says_usage(data: bytes) -> bool:
    """Look for it; `in` would take the bytes for a number first, and raise and catch an error on its way."""
    return data.find(_USAGE) >= 0


def tokens_of_answer(parsed: Any) -> Tokens:
    """Read the usage of a whole answer; nothing where it has none."""
    return tokens_of(parsed.get("usage")) if isinstance(parsed, dict) else {}


def tokens_of_body(body: bytes) -> Tokens:
    """Read the usage of a whole answer of which nothing else is looked at.

    Engines write it last. From there on the answer is an object of its own where the usage is the answer's, and
    none where it belongs to something within: brackets are left over then, and all of the answer is read.
    """
    at = body.rfind(_USAGE)
    if at < 0:
        return {}
    try:
        return tokens_of(orjson.loads(b"{" + body[at:])["usage"])
    except orjson.JSONDecodeError:
        return tokens_of_answer(read_json(body))


def tokens_of_events(data: bytes) -> Tokens:
    """Read the last usage among whole events; an event that is cut by the pieces is not looked at."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for event in reversed(data.split(b"\n\n")):
        if not says_usage(event):
            continue
        start = event.find(b"data:")
        try:
            parsed = orjson.loads(event[start + 5 :])
        except orjson.JSONDecodeError:
            continue
        holder = parsed.get("response", parsed) if isinstance(parsed, dict) else {}
        if isinstance(holder, dict) and (found := tokens_of(holder.get("usage"))):
            return found
    return {}
