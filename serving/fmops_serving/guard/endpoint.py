"""Asking a detector over HTTP: JSON there, JSON back, of bounded length, on pooled connections.

There is no time limit here: a rule's timeout interrupts the call (rails.py).
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from fmops_serving.guard.finding import DetectorFailed

LONGEST_ANSWER = 4 << 20
"""Bytes of one answer; an endless one must not fill the memory."""
CONNECTIONS = 100
"""To one endpoint at once; a call that finds none free waits, and its rule's timeout runs."""


class Endpoint:
    """One URL to post to. Its connections belong to the event loop that first asked; `close` ends them."""

    def __init__(self, url: str, api_key: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Remember where to ask; raises ValueError for what is no HTTP URL."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address to ask: it must be like http://detector.example:8000")
        self._url = url
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, question: Mapping[str, Any]) -> Any:
        """Post JSON and give the JSON that comes back; raises DetectorFailed."""
        body = orjson.dumps(question)
        try:
            return _parsed(await self._posted_again(body))
        except (aiohttp.ClientError, OSError) as error:
            raise DetectorFailed(f"it cannot be asked ({type(error).__name__})") from None

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _posted_again(self, body: bytes) -> bytes:
        """Post, and once more where a connection had been closed meanwhile: a detector may be asked twice."""
        try:
            return await self._posted(body)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError):
            return await self._posted(body)

    async def _posted(self, body: bytes) -> bytes:
        async with self._connected().post(
            self._url, data=body, headers=self._headers, allow_redirects=False
        ) as response:
            if response.status != 200:
                raise DetectorFailed(f"it answered HTTP {response.status}")
            answer = bytearray()
            async for piece in response.content.iter_any():
                answer += piece
                if len(answer) > LONGEST_ANSWER:
                    raise DetectorFailed(f"its answer is longer than {LONGEST_ANSWER >> 20} MiB")
            return bytes(answer)

    def _connected(self) -> aiohttp.ClientSession:
        """Give the session, made when the loop runs; one of a loop that has ended is left behind."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS), timeout=aiohttp.ClientTimeout(total=None)
            )
        return self._session


def _parsed(answer: bytes) -> Any:
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise DetectorFailed("its answer is no JSON") from None
