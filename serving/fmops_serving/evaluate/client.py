"""One attempt at one request: the only place that talks to a model."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Generic

import aiohttp
from typing_extensions import TypeVar

from fmops_serving.evaluate.answer import Answer, EventLines, Parts
from fmops_serving.evaluate.connecting import why
from fmops_serving.evaluate.faults import Fault, Remedy, of_status
from fmops_serving.evaluate.waiting import retry_after

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one answer, with all its wrapping; an endless one must not fill the memory."""
_DETAIL_READ = 64 * 1024
Reply = TypeVar("Reply", default=Answer)
"""What an endpoint gives; an answer, where nothing else is said."""
Reader = Callable[[aiohttp.ClientResponse, float], Awaitable[Reply]]
"""Reads a response with status 200; the number is when the request was sent, on the clock of `perf_counter`."""


@dataclass(frozen=True)
class Endpoint(Generic[Reply]):
    """A model's API: `url` is the full path to post to, `attempt_timeout` is in seconds."""

    session: aiohttp.ClientSession
    url: str
    attempt_timeout: float
    read: Reader[Reply]

    async def ask(self, body: bytes) -> Reply:
        """Send one request and take its answer; raises Fault."""
        try:
            return await self._ask(body)
        except TimeoutError:
            raise Fault(f"the endpoint gave no complete answer within {self.attempt_timeout:g} s") from None
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError):
            raise Fault("the endpoint's certificate is not trusted", Remedy.STOP) from None
        except aiohttp.ClientConnectorDNSError:
            raise Fault("the endpoint's host name is not known", refused=True) from None
        except aiohttp.ClientConnectorError as error:
            raise Fault(f"the endpoint cannot be reached ({why(error)})", refused=True) from None
        except aiohttp.InvalidURL:
            raise Fault("the endpoint's URL is not valid", Remedy.STOP) from None
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, OSError):
            raise Fault("the endpoint closed the connection half-way") from None
        except aiohttp.ClientError:
            raise Fault("the endpoint does not speak HTTP as it should") from None

    def _post(self, body: bytes) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self.session.post(self.url, data=body, allow_redirects=False)

    async def _ask(self, body: bytes) -> Reply:
        sent = perf_counter()
        async with asyncio.timeout(self.attempt_timeout), self._post(body) as response:
            if response.status != 200:
                raise await _refusal(response)
            if response.content_type == "text/html":
                raise Fault("the endpoint answered with a web page, not as an OpenAI API", refused=True)
            return await self.read(response, sent)


async def read_answer(response: aiohttp.ClientResponse, sent: float) -> Answer:
    """Read an answer in words, streamed or in one piece; raises Fault."""
    if response.content_type == "application/json":
        return await _whole(response, sent)
    return await _streamed(response, sent)


def connect(url: str, api_key: str | None, attempt_timeout: float) -> AbstractAsyncContextManager[Endpoint]:
    """Open an endpoint that answers in words."""
    return connect_to(read_answer, url, api_key, attempt_timeout)


@asynccontextmanager
async def connect_to(
    read: Reader[Reply], url: str, api_key: str | None, attempt_timeout: float
) -> AsyncIterator[Endpoint[Reply]]:
    """Open the pooled session that a run asks through; it opens as many connections as there are requests at once."""
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), headers=headers, timeout=aiohttp.ClientTimeout(total=None)
    )
    async with session:
        yield Endpoint(session, url, attempt_timeout, read)


async def _refusal(response: aiohttp.ClientResponse) -> Fault:
    text = (await response.content.read(_DETAIL_READ)).decode(errors="replace")
    detail = "" if response.content_type == "text/html" else " ".join(text.split())[:300]
    return of_status(response.status, detail, retry_after(response.headers.get("Retry-After")))


async def whole_body(response: aiohttp.ClientResponse) -> bytes:
    """Read a body of a length that fits into memory; raises Fault."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        check_length(len(body))
    return bytes(body)


async def _whole(response: aiohttp.ClientResponse, sent: float) -> Answer:
    """Read an answer that came in one piece, from an endpoint that does not stream."""
    parts = Parts()
    parts.read(await whole_body(response))
    return parts.complete(None, perf_counter() - sent)


async def _streamed(response: aiohttp.ClientResponse, sent: float) -> Answer:
    parts, lines, length, first_token, last_token = Parts(), EventLines(), 0, None, None
    async for piece in response.content.iter_any():
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
    await finish(response)
    return parts.complete(first_token, took, last_token)


def check_complete(parts: Parts, lines: EventLines) -> None:
    """Take the rest of a stream; raises Fault when it broke off."""
    for data in lines.feed(b"\n"):
        parts.read(data)
    if not parts.choices and not lines.done:
        raise Fault("the endpoint answered neither a stream nor JSON")
    if not lines.done and parts.finish_reason is None:
        raise Fault("the endpoint closed the stream half-way")


async def finish(response: aiohttp.ClientResponse) -> None:
    """Read what follows the last event, so that the connection can be used again; a laggard costs its connection."""
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(1):
            async for _ in response.content.iter_any():
                pass


def check_length(length: int) -> None:
    """Raise Fault for an answer without end."""
    if length > LONGEST_ANSWER:
        raise Fault("the endpoint's answer has no end (more than 16 MiB)", Remedy.SKIP)
