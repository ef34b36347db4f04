"""The identity of a request: the client's own where it gave a plain one, else a new one."""

import random
import re

from fmops_serving.gateway.exchange import Headers

_PLAIN = re.compile(r"[-A-Za-z0-9_.:]{1,128}")


def request_id_of(headers: Headers) -> str:
    """Give the x-request-id; 128 random bits where there is none or it could be misread in a header or a log."""
    given = headers.get("x-request-id")
    if given is not None and _PLAIN.fullmatch(given):
        return given
    return random.getrandbits(128).to_bytes(16, "big").hex()
