"""What an answer's usage counts."""

from typing import Any

import orjson

Tokens = dict[str, int]
"""Tokens by kind: input, output, and of them cached and reasoning."""

_FIELDS = (
    ("input", ("prompt_tokens", "input_tokens"), ()),
    ("output", ("completion_tokens", "output_tokens"), ()),
    ("cached", ("prompt_tokens_details", "input_tokens_details"), ("cached_tokens",)),
    ("reasoning", ("completion_tokens_details", "output_tokens_details"), ("reasoning_tokens",)),
)


def tokens_of(usage: Any) -> Tokens:
    """Read a usage of chat, completions, embeddings or responses; what is missing or no number is left out."""
    if not isinstance(usage, dict):
        return {}
    found: Tokens = {}
    for kind, names, below in _FIELDS:
        value: Any = next((usage[name] for name in names if name in usage), None)
        for name in below:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            found[kind] = value
    return found


def tokens_of_answer(body: bytes) -> Tokens:
    """Read the usage of a whole answer; nothing where it has none."""
    if b'"usage"' not in body:
        return {}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return tokens_of(parsed.get("usage")) if isinstance(parsed, dict) else {}


def tokens_of_events(data: bytes) -> Tokens:
    """Read the last usage among whole events; an event that is cut by the pieces is not looked at."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for event in reversed(data.split(b"\n\n")):
        if b'"usage"' not in event:
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
