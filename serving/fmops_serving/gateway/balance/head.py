"""The head of a prompt: what an engine's prefix cache would share between two requests."""

from typing import Any

import orjson


def head_of(parsed: dict[str, Any] | None, length: int) -> bytes:
    """Give the first bytes of what a request asks; empty when it has no prompt.

    An engine caches whole blocks from the start, so that the start is what counts.
    """
    if parsed is None:
        return b""
    for field in ("messages", "prompt", "input"):
        if field in parsed:
            found = parsed[field]
            return found.encode("utf-8", "replace")[:length] if isinstance(found, str) else _first(found, length)
    return b""


def _first(found: Any, length: int) -> bytes:
    """Write no more of a list than is needed."""
    head = b""
    for each in found if isinstance(found, list) else [found]:
        head += orjson.dumps(each)
        if len(head) >= length:
            break
    return head[:length]
