"""One address of a backend: its connections, how busy it is, and whether it is left out for a while."""

import asyncio
import math
import ssl
import time
from urllib.parse import urlsplit

from fmops_serving.gateway.upstream.answer import Answer
from fmops_serving.gateway.upstream.connection import UpstreamConnection
from fmops_serving.gateway.upstream.fault import Cause, UpstreamFault
from fmops_serving.gateway.upstream.patience import Patience

FAULTS_TO_EJECT = 5
"""Faults in a row after which an address is left out for the first time."""
FIRST_EJECTION = 5.0
LONGEST_EJECTION = 300.0
"""Seconds; every ejection in a row doubles the one before."""


class Address:
    """Where requests go. Survives reloads of routes, so that what was learnt of it is kept."""

    def __init__(self, url: str, patience: Patience, tls: ssl.SSLContext | None) -> None:
        """Read the root of an API, such as http://10.1.2.3:8000/v1; one with https needs `tls`."""
        parts = urlsplit(url)
        self.url = url
        self.authority = parts.netloc
        self.root = parts.path.rstrip("/")
        self.outstanding = 0
        self._host = parts.hostname or ""
        self._tls = tls
        self._port = parts.port or (443 if self._tls else 80)
        self._patience = patience
        self._kept: dict[UpstreamConnection, None] = {}
        """Connections that nobody uses; the one that was used last comes last."""
        self._closed = False
        self._faults = 0
        self._ejections = 0
        self._ejected_until = 0.0

    def ejected(self, now: float) -> bool:
        """Say whether it is left out at this time, of `time.monotonic` as all times here."""
        return now < self._ejected_until

    async def ask(self, request: bytes, most: float = math.inf) -> Answer:
        """Send a request; a kept connection that turns out closed is replaced by a new one. Raises UpstreamFault.

        `most` is how many seconds an answer that is not streamed may take as a whole.
        """
        while (kept := self._take()) is not None:
            try:
                return await kept.ask(request, most)
            except UpstreamFault as fault:
                if not fault.stale:
                    raise
        return await (await self._connect()).ask(request, most)

    def _take(self) -> UpstreamConnection | None:
        """Give the connection that was used last; old ones are closed."""
        oldest = time.monotonic() - self._patience.keep
        while self._kept:
            kept, _ = self._kept.popitem()
            if kept.free and kept.since >= oldest:
                return kept
            if kept.free:
                kept.close()
        return None

    async def _connect(self) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls else None
        try:
            async with asyncio.timeout(self._patience.connect):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(self._patience, self._keep, self._lose),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=name,
                )
        except TimeoutError:
            raise UpstreamFault(Cause.CONNECT_TIMEOUT) from None
        except ssl.SSLError:
            raise UpstreamFault(Cause.UNTRUSTED) from None
        except OSError:
            raise UpstreamFault(Cause.UNREACHABLE) from None
        return connection

    def _keep(self, connection: UpstreamConnection) -> None:
        if self._closed:
            connection.close()
        else:
            self._kept[connection] = None

    def _lose(self, connection: UpstreamConnection) -> None:
        self._kept.pop(connection, None)

    def succeeded(self) -> None:
        """Take note of a good answer."""
        self._faults = self._ejections = 0

    def failed(self, now: float) -> bool:
        """Take note of a fault; says whether the address is left out because of it.

        What was on its way when it was left out says nothing new. Asked again after that, one fault is enough.
        """
        if self.ejected(now):
            return False
        self._faults += 1
        if self._faults < FAULTS_TO_EJECT and not self._ejections:
            return False
        self._ejected_until = now + min(LONGEST_EJECTION, FIRST_EJECTION * 2**self._ejections)
        self._faults, self._ejections = 0, self._ejections + 1
        return True

    def close(self) -> None:
        """Close the connections that nobody uses, and each other one once its answer ended."""
        self._closed = True
        while self._kept:
            self._kept.popitem()[0].close()
