"""SHA-256, which keys are known by: of so few bytes, to call OpenSSL takes several times as long as the sum itself."""

import hashlib
from collections.abc import Callable

from fmops_serving.native import native


def _by_openssl(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


sha256: Callable[[bytes], str] = _by_openssl if native is None else native.sha256
"""Gives the digest of bytes, in hexadecimal."""
