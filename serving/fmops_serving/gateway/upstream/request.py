"""A request as it is written to a backend."""

from typing import NamedTuple

from fmops_serving.gateway.exchange import Exchange

_PASSED_ON = ("traceparent", "tracestate", "baggage")
Headers = tuple[tuple[str, str], ...]


class Outgoing(NamedTuple):
    """What a backend is asked: a path below its root, its own headers, the body."""

    path: str
    headers: Headers
    body: bytes


def write_request(outgoing: Outgoing, authority: str, root: str, exchange: Exchange, content_type: str) -> bytes:
    """Write a POST as bytes. The client's own headers stay behind, but for those that follow a request."""
    head = f"POST {root}{outgoing.path} HTTP/1.1\r\nhost: {authority}\r\nx-request-id: {exchange.request_id}\r\n"
    for name in _PASSED_ON:
        if name in exchange.headers:
            head += f"{name}: {exchange.headers[name]}\r\n"
    for name, value in outgoing.headers:
        head += f"{name}: {value}\r\n"
    head += f"content-type: {content_type}\r\ncontent-length: {len(outgoing.body)}\r\n\r\n"
    return head.encode("latin-1") + outgoing.body
