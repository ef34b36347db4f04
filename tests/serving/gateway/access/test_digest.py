"""A key has the digest that keys at rest have, whoever makes it."""

import hashlib

from fmops_serving.gateway.access import digest
from tests.support.native import needs_native


@needs_native
def test_native_code_gives_the_digest_that_openssl_gives() -> None:
    for size in (*range(130), 1000):
        data = bytes(place * 7 % 256 for place in range(size))
        assert digest.sha256(data) == digest._by_openssl(data) == hashlib.sha256(data).hexdigest()
    assert digest.sha256 is not digest._by_openssl
