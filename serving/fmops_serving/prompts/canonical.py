"""Canonical JSON (RFC 8785): the same bytes for the same value, whoever writes it."""

from typing import Any

import orjson
import rfc8785

_LARGEST = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Write a value; raises rfc8785.CanonicalizationError or UnicodeEncodeError for one that JSON cannot carry.

    Where nothing is in it that orjson writes in another way, such as fractions, it does the work, in a tenth of the
    time.
    """
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:
            pass  # half a character; the other one says so
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    """Say whether there are only texts, whole numbers, truths and nulls, under names whose order is that of ASCII."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(each) for name, each in value.items())
    return isinstance(value, list) and all(map(_is_plain, value))
