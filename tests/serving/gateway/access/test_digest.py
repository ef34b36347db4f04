"""A key has the digest that keys at rest have, whoever makes it."""

import hashlib
from collections.abc import Callable

import pytest

from fmops_serving.gateway.access import digest
from tests.support.native import needs_native


@needs_native
def test_native_code_gives_the_digest_that_openssl_gives() -> None:
    for size in (*range(130), 1000):
        for key in ("".join(chr(place * 7 % most) for place in range(size)) for most in (128, 256)):
            kept = f"sha256:{hashlib.sha256(key.encode('latin-1')).hexdigest()}"
            assert digest.digest_of(key) == digest._by_openssl(key) == kept
    assert digest.digest_of is not digest._by_openssl


@pytest.mark.parametrize("make", [digest.digest_of, digest._by_openssl])
def test_what_no_header_can_hold_is_no_key(make: Callable[[str], str]) -> None:
    with pytest.raises(ValueError, match=r"one byte|latin-1"):
        make("\u20ac")
