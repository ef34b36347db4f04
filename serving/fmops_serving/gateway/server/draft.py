"""A request while it arrives, and the refusal of what breaks a bound or the grammar."""

import re
import time
from urllib.parse import urlsplit

from fmops_serving.gateway.exchange import Exchange, Headers
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.server.limits import Limits
from fmops_serving.gateway.server.requestid import request_id_of

_ONCE = frozenset(
    {"authorization", "content-length", "content-type", "host", "transfer-encoding", "x-request-id", "api-key"}
)
"""Headers that mean one thing: two of them would let two readers see two requests."""

_AROUND = 16
"""Bytes that each byte of a body may take: a chunk of one byte takes 6, and 10 where its size has leading zeros."""

_CONTROL = re.compile(rb"[\x00\r\n]")


class Draft:
    """What came of a connection's request so far; each addition raises Refusal when it goes beyond a bound."""

    __slots__ = (
        "_around",
        "_body",
        "_limits",
        "_raw",
        "_size",
        "_unfinished",
        "_url",
        "began",
        "headers",
        "left",
        "method",
        "number",
        "version",
        "whole_head",
    )

    def __init__(self, limits: Limits) -> None:
        """Begin now."""
        self._limits = limits
        self.number = 0
        """Of the request, as the connection counts them."""
        self.method = self.version = ""
        self.headers: Headers = {}
        self.begin()

    def begin(self) -> None:
        """Begin another request now."""
        self.number += 1
        self._url = b""
        self._raw: list[bytes] = []
        """Names and values of headers by turns."""
        self._body: list[bytes] = []
        self._size = 0
        self.began = time.monotonic()
        self._unfinished = 0
        """Bytes that came and did not end the head."""
        self._around = 0
        """Bytes that came after the head: the body's, and those around its chunks."""
        self.whole_head = False
        self.left = 0
        """Bytes of the body that are still to come, where a plain head said how many there are."""

    def take_plain(self, target: bytes, headers: Headers, size: int) -> None:
        """Take the head of a plain request, which is within the bounds; so many bytes of a body belong to it."""
        self.method, self.version, self.whole_head = "POST", "1.1", True
        self._url, self.headers, self.left = target, headers, size

    def add_url(self, piece: bytes) -> None:
        """Take a piece of the target."""
        self._url += piece
        if len(self._url) > self._limits.url:
            raise Refusal(414, "url_too_long", f"the URL is longer than {self._limits.url} bytes")

    def add_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which nothing asks for."""
        if not self.whole_head:
            self._raw += name, value

    def end_head(self, method: str, version: str) -> None:
        """Read the head, and check it as a whole."""
        self.method, self.version, self.whole_head = method, version, True
        self.headers = headers = self._read() if self._raw else {}
        if version == "1.1" and "host" not in headers:
            raise Refusal(400, "invalid_http", "HTTP/1.1 asks for a Host header")
        if "transfer-encoding" in headers and (
            "content-length" in headers or headers["transfer-encoding"].lower() != "chunked"
        ):
            raise Refusal(
                400, "invalid_http", "the length of the body is said in two ways, or in a way that is not known"
            )
        length = headers.get("content-length", "0")
        if len(length) > 15 or int(length) > self._limits.body:
            raise self._too_large_body()
        if "content-encoding" in headers and headers["content-encoding"].lower() != "identity":
            raise Refusal(415, "unsupported_encoding", "the body is compressed: send it as it is")

    def _read(self) -> Headers:
        """Read the headers, which are decoded together: one after another they take three times as long.

        Between them is an end of line, which none of them may hold.
        """
        raw = self._raw
        text = b"\r".join(raw).decode("latin-1")
        self._bound(len(text) + len(raw) + 1)
        said = text.split("\r")
        if len(said) != len(raw) or "\n" in text or "\x00" in text:
            raise _control_character(raw)
        names, values = [*map(str.lower, said[::2])], said[1::2]
        headers = dict(zip(names, values, strict=True))
        return headers if len(headers) == len(names) else _joined(names, values)

    def add_unfinished(self, size: int) -> None:
        """Count bytes that did not end the head, and what is whole of it."""
        self._unfinished += size
        self._bound(max(self._unfinished, self._gathered()))

    def _gathered(self) -> int:
        """Give the bytes of the headers that came; around each are four more, so two for its name or value."""
        return sum(map(len, self._raw)) + 2 * len(self._raw)

    def _bound(self, size: int) -> None:
        limits = self._limits
        if size > limits.head or len(self._raw) > 2 * limits.headers:
            told = f"the head has more than {limits.headers} headers or {limits.head} bytes"
            raise Refusal(431, "headers_too_large", told)

    def add_body(self, piece: bytes, size: int) -> None:
        """Take a piece of the body, of so many bytes."""
        self._size += size
        if self._size > self._limits.body:
            raise self._too_large_body()
        self._body.append(piece)

    def add_around(self, size: int) -> None:
        """Count what came after the head; sizes of chunks and trailers are bounded as the head is."""
        self._around += size
        if self._around > self._limits.head + _AROUND * self._size:
            raise Refusal(400, "invalid_http", "there is more around the chunks of the body than in them")

    def exchange(self) -> Exchange:
        """Give the whole request; raises Refusal for a target that is none."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        return exchange_of(self.method, self._url, self.headers, body, self.began)

    def drop(self) -> int:
        """Forget the body; gives its size."""
        size, self._body, self._size = self._size, [], 0
        return size

    def _too_large_body(self) -> Refusal:
        return Refusal(413, "request_too_large", f"the body is larger than {self._limits.body} bytes")


def exchange_of(method: str, url: bytes, headers: Headers, body: bytes, began: float) -> Exchange:
    """Make what is answered; raises Refusal for a target that is none."""
    target = url.decode("latin-1")
    path, _, query = target.partition("?") if target.startswith("/") else _of_whole(target)
    return Exchange(method, path, query, headers, body, request_id_of(headers), began)


def _of_whole(target: str) -> tuple[str, str, str]:
    """Split a URL as `partition` splits a path at its question mark. Raises Refusal where it is none."""
    try:
        whole = urlsplit(target)
    except ValueError:
        whole = urlsplit("")
    if whole.scheme not in {"http", "https"}:
        raise Refusal(400, "invalid_http", "the request's target is no path")
    return whole.path or "/", "?", whole.query


def _control_character(raw: list[bytes]) -> Refusal:
    """Name the first header that holds one."""
    names = (name for name, value in zip(raw[::2], raw[1::2], strict=True) if _CONTROL.search(value))
    name = next(names, b"").decode("latin-1").lower()
    return Refusal(400, "invalid_http", f"header {name[:40]} holds a control character")


def _joined(names: list[str], values: list[str]) -> Headers:
    """Give headers of which some came more than once. Raises Refusal where that would mean two things."""
    headers: Headers = {}
    for name, value in zip(names, values, strict=True):
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise Refusal(400, "invalid_http", f"header {name} came twice")
        else:
            headers[name] += f", {value}"
    return headers
