"""SHA-256, which each request's key is known by: of so few bytes, calling OpenSSL takes ten times as long as the sum."""

import hashlib
from collections.abc import Callable

from fmops_serving.native import native


def _by_openssl(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


sha256: Callable[[bytes], str] = _by_openssl if native is None else native.sha256
"""Gives the digest of bytes, in hexadecimal."""
