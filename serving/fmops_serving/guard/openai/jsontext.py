"""JSON as engines write it: also NaN, and halves of characters, which orjson refuses."""

import json
from typing import Any

import orjson


def read_json(data: bytes) -> Any:
    """Read JSON; None for what is none."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            return None


def write_json(value: Any) -> bytes:
    """Write JSON; what orjson refuses, as escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
