"""One HTTP exchange with a server that we do not trust: bounded in time and size, every failure a sentence."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

USER_AGENT = "fmops-operator"
_CONNECT_SECONDS = 5.0
_MIDDLE = "closed the connection in the middle of its answer"


@dataclass(frozen=True)
class Question:
    """What to ask."""

    url: str
    token: str | None = None
    """Sent as a bearer token."""
    body: Mapping[str, Any] | aiohttp.FormData | None = None
    """JSON or a form to POST; None asks by GET."""
    redirects: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers; some providers have one of their own for the key."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Give the body as JSON; raises Unanswered with a sentence when it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            kind = self.headers.get("Content-Type", "no type").partition(";")[0]
            what = "HTML" if "html" in kind or self.text.lstrip()[:1] == "<" else f"no JSON ({kind})"
            raise Unanswered(f"answers {what} with status {self.status}") from None


class Unanswered(Exception):  # noqa: N818
    """Nothing that can be read came back; the message is the end of a sentence that starts with the server."""


def open_session() -> aiohttp.ClientSession:
    """Open a pool of connections for probes; proxies come from the environment. Needs a running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64, limit_per_host=8),
        headers={"User-Agent": USER_AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    )


async def fetch(session: aiohttp.ClientSession, question: Question, *, seconds: float, limit: int) -> Reply:
    """Ask, reading at most `limit` bytes within `seconds`; raises Unanswered and nothing else."""
    bearer = {"Authorization": f"Bearer {question.token}"} if question.token else {}
    form = question.body if isinstance(question.body, aiohttp.FormData) else None
    try:
        async with session.request(
            "GET" if question.body is None else "POST",
            question.url,
            json=None if form is not None else question.body,
            data=form,
            params=question.params,
            headers={**question.headers, **bearer},
            allow_redirects=question.redirects,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS),
        ) as response:
            body = await _read(response, limit)
            return Reply(response.status, dict(response.headers), body.decode(errors="replace"))
    except TimeoutError:
        raise Unanswered(f"did not answer within {seconds:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unanswered(_sentence(error)) from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    parts = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        parts += chunk
        if len(parts) > limit:
            raise Unanswered(f"answers with more than {limit} bytes")
    return bytes(parts)


def _sentence(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"cannot be found: the name {error.host} does not resolve"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "shows a certificate that is not trusted, or speaks no TLS"
        case aiohttp.ClientConnectorError():
            return f"cannot be reached: {os.strerror(error.errno) if error.errno else error.os_error}"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionError():
            return _MIDDLE
        case aiohttp.TooManyRedirects():
            return "redirects in circles"
        case aiohttp.InvalidURL():
            return "has a URL that cannot be asked"
        case aiohttp.ClientResponseError():
            return "does not speak HTTP"
        case ValueError():
            return "cannot be asked: the key or the URL has characters that no request can carry"
        case _:
            return f"cannot be asked ({type(error).__name__})"
