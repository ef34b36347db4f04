"""A request as it is written to a backend."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from fmops_serving.gateway.exchange import Exchange

_PASSED_ON = frozenset({"traceparent", "tracestate", "baggage"})
Headers = tuple[tuple[str, str], ...]


class Outgoing(NamedTuple):
    """What a backend is asked: a path below its root, its own headers, the body."""

    path: str
    headers: Headers
    body: bytes


def write_request(outgoing: Outgoing, authority: str, root: str, exchange: Exchange, content_type: str) -> bytes:
    """Write a POST as bytes. The client's own headers stay behind, but for those that follow a request."""
    path, own, body = outgoing
    headers = exchange.headers
    passed = (
        "" if _PASSED_ON.isdisjoint(headers) else _lines([each for each in headers.items() if each[0] in _PASSED_ON])
    )
    about = f"x-request-id: {exchange.request_id}\r\n{passed}content-type: {content_type}\r\n"
    head = f"{_beginning(authority, root + path, own)}{about}content-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


@lru_cache(maxsize=1024)
def _beginning(authority: str, target: str, headers: Headers) -> str:
    """Write what all requests of a kind to one address of a backend begin with; it changes with routes alone."""
    return f"POST {target} HTTP/1.1\r\nhost: {authority}\r\n{_lines(headers)}"


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers])
