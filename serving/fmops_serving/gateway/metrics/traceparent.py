"""The trace that a request is part of, by W3C's Trace Context."""

import re

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]([0-9a-f])(?:-.*)?")
_NOTHING = ("0" * 32, "0" * 16)


def trace_of(traceparent: str) -> tuple[str, str] | None:
    """Give trace and span of a sampled trace; None for any other, whose trace nobody could look up."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None or not int(found[3], 16) & 1 or found[1] == _NOTHING[0] or found[2] == _NOTHING[1]:
        return None
    return found[1], found[2]
