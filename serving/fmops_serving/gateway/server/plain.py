"""Plain requests: a POST whose head comes in one piece and can be read in one way, as nearly all do.

Native code reads them in one step; it gives nothing for any other, which is then the parser's.
"""

from collections.abc import Callable

from fmops_serving.gateway.exchange import Headers
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.native import native, read_nothing

Plain = tuple[bytes, Headers, int, bytes]
"""The target, the headers, how many bytes the body has, and those of them that came."""
PlainReader = Callable[[bytes], Plain | None]


def plain_reader(limits: Limits) -> PlainReader:
    """Give what reads plain requests within these limits; without native code, no request is plain."""
    if native is None:
        return read_nothing
    read: PlainReader = native.Requests(limits.url, limits.head, limits.headers, limits.body).read
    return read
