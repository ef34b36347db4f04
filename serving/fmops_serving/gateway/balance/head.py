"""The head of a prompt: what an engine's prefix cache would share between two requests."""

from typing import Any

import orjson

HEAD = 256
"""Bytes of the prompt that decide; an engine caches whole blocks from the start, so that the start is what counts."""


def head_of(parsed: dict[str, Any] | None) -> bytes:
    """Give the first bytes of what a request asks; empty when it has no prompt."""
    if parsed is None:
        return b""
    for field in ("messages", "prompt", "input"):
        if field in parsed:
            found = parsed[field]
            return found.encode("utf-8", "replace")[:HEAD] if isinstance(found, str) else _first(found)
    return b""


def _first(found: Any) -> bytes:
    """Write no more of a list than is needed."""
    head = b""
    for each in found if isinstance(found, list) else [found]:
        head += orjson.dumps(each)
        if len(head) >= HEAD:
            break
    return head[:HEAD]
