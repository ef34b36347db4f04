"""One attempt at one request: the only place that talks to a model."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Generic

from typing_extensions import TypeVar

from fmops_serving.evaluate.answer import Answer, EventLines, Parts
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.faults import Fault, Remedy, of_status
from fmops_serving.evaluate.waiting import retry_after
from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.errors import BadAddress, Broken, HTTPError, UnknownHost, Unreachable, Untrusted
from fmops_serving.http.response import Response

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one answer, with all its wrapping; an endless one must not fill the memory."""
LAGGARDS = 1.0
"""Seconds for what follows the last event of a stream; a laggard costs its connection."""
_DETAIL_READ = 64 * 1024
Reply = TypeVar("Reply", default=Answer)
"""What an endpoint gives; an answer, where nothing else is said."""
Reader = Callable[[Response], Awaitable[Reply]]
"""Reads a response with status 200."""
TOGETHER = 16
"""Requests that go out together, so that an endpoint is woken once for them; for no longer than making them takes."""


@dataclass(frozen=True)
class Endpoint(Generic[Reply]):
    """A model's API: `url` is the full path to post to, `attempt_timeout` is in seconds."""

    client: Client
    url: str
    target: str
    """Path and query of the URL."""
    attempt_timeout: float
    read: Reader[Reply]

    async def ask(self, body: bytes) -> Reply:
        """Send one request and take its answer; raises Fault."""
        try:
            with await self.client.post(self.target, body, self.attempt_timeout) as response:
                if response.status != 200:
                    raise await _refusal(response)
                if response.content_type == "text/html":
                    raise Fault("the endpoint answered with a web page, not as an OpenAI API", refused=True)
                return await self.read(response)
        except TimeoutError:
            raise Fault(f"the endpoint gave no complete answer within {self.attempt_timeout:g} s") from None
        except HTTPError as error:
            raise _of_http(error) from None


def _of_http(error: HTTPError) -> Fault:
    match error:
        case Untrusted():
            return Fault("the endpoint's certificate is not trusted", Remedy.STOP)
        case UnknownHost():
            return Fault("the endpoint's host name is not known", refused=True)
        case Unreachable():
            return Fault(f"the endpoint cannot be reached ({error})", refused=True)
        case Broken():
            return Fault("the endpoint closed the connection half-way")
        case _:
            return Fault("the endpoint does not speak HTTP as it should")


def read_answer(response: Response) -> Awaitable[Answer]:
    """Read an answer in words, streamed or in one piece; raises Fault."""
    read = _whole if response.content_type == "application/json" else _streamed
    return read(response)


def connect(url: str, api_key: str | None, attempt_timeout: float) -> AbstractAsyncContextManager[Endpoint]:
    """Open an endpoint that answers in words."""
    return connect_to(read_answer, url, api_key, attempt_timeout, TOGETHER)


@asynccontextmanager
async def connect_to(
    read: Reader[Reply], url: str, api_key: str | None, attempt_timeout: float, together: int = 1
) -> AsyncIterator[Endpoint[Reply]]:
    """Open the pool that a run asks through; it opens as many connections as there are requests at once.

    Up to `together` requests go out together; with 1 each goes when it is due, as a load that is measured must.
    """
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    try:
        address = Address.of(url)
    except BadAddress as error:
        raise NotMeasured(f"{url} is no URL of an endpoint: {error}") from None
    async with Client(address, headers, together) as client:
        yield Endpoint(client, url, address.target, attempt_timeout, read)


async def _refusal(response: Response) -> Fault:
    body = bytearray()
    while len(body) < _DETAIL_READ and (piece := await response.read()):
        body += piece
    detail = "" if response.content_type == "text/html" else " ".join(body.decode(errors="replace").split())[:300]
    return of_status(response.status, detail, retry_after(response.header(b"retry-after")))


async def whole_body(response: Response) -> bytes:
    """Read a body of a length that fits into memory; raises Fault."""
    body = bytearray()
    while piece := await response.read():
        body += piece
        check_length(len(body))
    return bytes(body)


async def _whole(response: Response) -> Answer:
    """Read an answer that came in one piece, from an endpoint that does not stream."""
    parts = Parts()
    parts.read(await whole_body(response))
    return parts.complete(None, perf_counter() - response.sent)


async def _streamed(response: Response) -> Answer:
    parts, lines, length, first_token, last_token = Parts(), EventLines(), 0, None, None
    sent = response.sent
    while piece := await response.read():
        length += len(piece)
        check_length(length)
        pieces = parts.pieces
        for data in lines.feed(piece):
            parts.read(data)
        if parts.pieces > pieces:
            last_token = perf_counter() - sent
            first_token = first_token or last_token
        if lines.done:
            break
    took = perf_counter() - sent
    check_complete(parts, lines)
    await response.finish(LAGGARDS)
    return parts.complete(first_token, took, last_token)


def check_complete(parts: Parts, lines: EventLines) -> None:
    """Take the rest of a stream; raises Fault when it broke off."""
    for data in lines.end():
        parts.read(data)
    if not parts.choices and not lines.done:
        raise Fault("the endpoint answered neither a stream nor JSON")
    if not lines.done and parts.finish_reason is None:
        raise Fault("the endpoint closed the stream half-way")


def check_length(length: int) -> None:
    """Raise Fault for an answer without end."""
    if length > LONGEST_ANSWER:
        raise Fault("the endpoint's answer has no end (more than 16 MiB)", Remedy.SKIP)
