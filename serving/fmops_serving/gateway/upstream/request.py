"""A request as it is written to a backend."""

from collections.abc import Iterable
from functools import lru_cache

from fmops_serving.gateway.exchange import Exchange

_PASSED_ON = frozenset({"traceparent", "tracestate", "baggage"})
Headers = tuple[tuple[str, str], ...]


class Outgoing:
    """What a backend is asked."""

    __slots__ = ("body", "headers", "path")

    def __init__(self, path: str, headers: Headers, body: bytes) -> None:
        """Ask by a path below the backend's root, with headers of its own."""
        self.path = path
        self.headers = headers
        self.body = body


def write_request(outgoing: Outgoing, authority: str, root: str, exchange: Exchange, content_type: str) -> bytes:
    """Write a POST as bytes. The client's own headers stay behind, but for those that follow a request."""
    headers, body = exchange.headers, outgoing.body
    passed = (
        "" if _PASSED_ON.isdisjoint(headers) else _lines([each for each in headers.items() if each[0] in _PASSED_ON])
    )
    about = f"x-request-id: {exchange.request_id}\r\n{passed}content-type: {content_type}\r\n"
    head = f"{_beginning(authority, root + outgoing.path, outgoing.headers)}{about}content-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


@lru_cache(maxsize=1024)
def _beginning(authority: str, target: str, headers: Headers) -> str:
    """Write what all requests of a kind to one address of a backend begin with; it changes with routes alone."""
    return f"POST {target} HTTP/1.1\r\nhost: {authority}\r\n{_lines(headers)}"


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers])
