"""Asking a detector over HTTP: JSON there, JSON back, of bounded length, on pooled connections.

A rule's timeout interrupts the call (rails.py); the limit here only ends one that nobody waits for.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from fmops_serving.guard.finding import DetectorFailed
from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.errors import BadAddress, Broken, HTTPError

LONGEST_ANSWER = 4 << 20
"""Bytes of one answer; an endless one must not fill the memory."""
CONNECTIONS = 100
"""To one endpoint at once; a call that finds none free waits, and its rule's timeout runs."""
LIMIT = 600.0
"""Seconds of one exchange."""


class Endpoint:
    """One URL to post to. Its connections belong to the event loop that first asked; `close` ends them."""

    def __init__(self, url: str, api_key: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Remember where to ask; raises ValueError for what is no HTTP URL."""
        try:
            self._address = Address.of(url)
        except BadAddress:
            raise ValueError(f"{url!r} is no address to ask: it must be like http://detector.example:8000") from None
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, question: Mapping[str, Any]) -> Any:
        """Post JSON and give the JSON that comes back; raises DetectorFailed."""
        body, client = orjson.dumps(question), self._connected()
        try:
            async with self._free:
                return _parsed(await self._posted_again(client, body))
        except HTTPError as error:
            raise DetectorFailed(f"it cannot be asked ({type(error).__name__})") from None

    async def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            await self._client.__aexit__(None, None, None)
            self._client = None

    def drop(self) -> None:
        """End the connections soon, from whichever thread: nobody asks any more."""
        if self._client is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._client.abort)

    async def _posted_again(self, client: Client, body: bytes) -> bytes:
        """Post, and once more where a connection had been closed meanwhile: a detector may be asked twice."""
        try:
            return await self._posted(client, body)
        except Broken:
            return await self._posted(client, body)

    async def _posted(self, client: Client, body: bytes) -> bytes:
        with await client.post(self._address.target, body, LIMIT) as response:
            if response.status != 200:
                raise DetectorFailed(f"it answered HTTP {response.status}")
            answer = bytearray()
            while piece := await response.read():
                answer += piece
                if len(answer) > LONGEST_ANSWER:
                    raise DetectorFailed(f"its answer is longer than {LONGEST_ANSWER >> 20} MiB")
            return bytes(answer)

    def _connected(self) -> Client:
        """Give the client, made when the loop runs; one of a loop that has ended is left behind."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop, self._free = loop, asyncio.Semaphore(CONNECTIONS)
            self._client = Client(self._address, self._headers)
        return self._client


def _parsed(answer: bytes) -> Any:
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise DetectorFailed("its answer is no JSON") from None
