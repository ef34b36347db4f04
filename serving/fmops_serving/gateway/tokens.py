"""What an answer's usage counts."""

from typing import Any

import orjson

Tokens = dict[str, int]
"""Tokens by kind: input, output, and of them cached and reasoning."""


def tokens_of(usage: Any) -> Tokens:
    """Read a usage of chat, completions, embeddings or responses; what is missing or no number is left out."""
    if not isinstance(usage, dict):
        return {}
    read = usage.get("prompt_tokens_details", usage.get("input_tokens_details"))
    written = usage.get("completion_tokens_details", usage.get("output_tokens_details"))
    said = {
        "input": usage.get("prompt_tokens", usage.get("input_tokens")),
        "output": usage.get("completion_tokens", usage.get("output_tokens")),
        "cached": read.get("cached_tokens") if isinstance(read, dict) else None,
        "reasoning": written.get("reasoning_tokens") if isinstance(written, dict) else None,
    }
    return {kind: count for kind, count in said.items() if type(count) is int and count >= 0}  # bool is no count


def says_usage(data: bytes) -> bool:
    """Look for it; `in` would take the bytes for a number first, and raise and catch an error on its way."""
    return data.find(b'"usage"') >= 0


def tokens_of_answer(parsed: Any) -> Tokens:
    """Read the usage of a whole answer; nothing where it has none."""
    return tokens_of(parsed.get("usage")) if isinstance(parsed, dict) else {}


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
