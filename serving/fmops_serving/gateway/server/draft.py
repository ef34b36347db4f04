"""A request while it arrives, and the refusal of what breaks a bound or the grammar."""

import time
from urllib.parse import urlsplit

from fmops_serving.gateway.exchange import Exchange, Headers
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.limits import Limits

_ONCE = frozenset(
    {"authorization", "content-length", "content-type", "host", "transfer-encoding", "x-request-id", "api-key"}
)
"""Headers that mean one thing: two of them would let two readers see two requests."""

_AROUND = 16
"""Bytes that each byte of a body may take: a chunk of one byte takes 6, and 10 where its size has leading zeros."""


class Draft:
    """What came of a connection's request so far; each addition raises Refusal when it goes beyond a bound."""

    __slots__ = (
        "_around",
        "_body",
        "_count",
        "_limits",
        "_size",
        "_url",
        "began",
        "head_size",
        "headers",
        "method",
        "number",
        "unfinished",
        "version",
        "whole_head",
    )

    def __init__(self, limits: Limits) -> None:
        """Begin now."""
        self._limits = limits
        self.number = 0
        """Of the request, as the connection counts them."""
        self.begin()

    def begin(self) -> None:
        """Begin another request now."""
        self.number += 1
        self._url = b""
        self._body: list[bytes] = []
        self._size = 0
        self._count = 0
        self.began = time.monotonic()
        self.head_size = 0
        self.unfinished = 0
        """Bytes that came and did not end the head."""
        self._around = 0
        """Bytes that came after the head: the body's, and those around its chunks."""
        self.headers: Headers = {}
        self.method = self.version = ""
        self.whole_head = False

    def add_url(self, piece: bytes) -> None:
        """Take a piece of the target."""
        self._url += piece
        if len(self._url) > self._limits.url:
            raise Refusal(414, "url_too_long", f"the URL is longer than {self._limits.url} bytes")

    def add_header(self, raw_name: bytes, raw_value: bytes) -> None:
        """Take a header, or a trailer, which nothing asks for."""
        if self.whole_head:
            return
        self.head_size += len(raw_name) + len(raw_value) + 4
        self._count += 1
        if self.head_size > self._limits.head or self._count > self._limits.headers:
            raise too_large_head(self._limits)
        headers, name, value = self.headers, raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "\x00" in value or "\r" in value or "\n" in value:
            raise Refusal(400, "invalid_http", f"header {name[:40]} holds a control character")
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise Refusal(400, "invalid_http", f"header {name} came twice")
        else:
            headers[name] += f", {value}"

    def end_head(self, method: str, version: str) -> None:
        """Check the head as a whole."""
        self.method, self.version, self.whole_head = method, version, True
        if version == "1.1" and "host" not in self.headers:
            raise Refusal(400, "invalid_http", "HTTP/1.1 asks for a Host header")
        if "transfer-encoding" in self.headers and (
            "content-length" in self.headers or self.headers["transfer-encoding"].lower() != "chunked"
        ):
            raise Refusal(
                400, "invalid_http", "the length of the body is said in two ways, or in a way that is not known"
            )
        length = self.headers.get("content-length", "0")
        if len(length) > 15 or int(length) > self._limits.body:
            raise self._too_large_body()
        if "content-encoding" in self.headers and self.headers["content-encoding"].lower() != "identity":
            raise Refusal(415, "unsupported_encoding", "the body is compressed: send it as it is")

    def add_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._size += len(piece)
        if self._size > self._limits.body:
            raise self._too_large_body()
        self._body.append(piece)

    def add_around(self, size: int) -> None:
        """Count what came after the head; sizes of chunks and trailers are bounded as the head is."""
        self._around += size
        if self._around > self._limits.head + _AROUND * self._size:
            raise Refusal(400, "invalid_http", "there is more around the chunks of the body than in them")

    def exchange(self, request_id: str) -> Exchange:
        """Give the whole request; raises Refusal for a target that is none."""
        path, query = self._target()
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self.drop()
        return Exchange(self.method, path, query, self.headers, body, request_id, self.began)

    def _target(self) -> tuple[str, str]:
        target = self._url.decode("latin-1")
        if target.startswith("/"):
            path, _, query = target.partition("?")
            return path, query
        try:
            whole = urlsplit(target)
        except ValueError:
            whole = urlsplit("")
        if whole.scheme not in {"http", "https"}:
            raise Refusal(400, "invalid_http", "the request's target is no path")
        return whole.path or "/", whole.query

    def drop(self) -> int:
        """Forget the body; gives its size."""
        size, self._body, self._size = self._size, [], 0
        return size

    def _too_large_body(self) -> Refusal:
        return Refusal(413, "request_too_large", f"the body is larger than {self._limits.body} bytes")


def too_large_head(limits: Limits) -> Refusal:
    """Refuse a head that goes beyond its bounds."""
    return Refusal(431, "headers_too_large", f"the head has more than {limits.headers} headers or {limits.head} bytes")
