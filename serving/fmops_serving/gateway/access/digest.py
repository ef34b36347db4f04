"""The digest of a key, by which it is kept: of so few bytes, to call OpenSSL takes several times as long as the sum."""

import hashlib
from collections.abc import Callable

from fmops_serving.native import native


def _by_openssl(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode('latin-1')).hexdigest()}"


digest_of: Callable[[str], str] = _by_openssl if native is None else native.digest_of
"""Gives a key's SHA-256. Raises ValueError for a key that no header can hold: its characters are bytes."""
