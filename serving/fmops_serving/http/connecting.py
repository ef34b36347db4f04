"""Making connections: names to addresses, and one address after the other."""

import asyncio
import socket

from fmops_serving.http.address import Address
from fmops_serving.http.connection import Connection
from fmops_serving.http.errors import UnknownHost, of_connecting

NAMES_LAST = 10.0
"""Seconds for which a name stands for the same addresses."""
PATIENCE = 3.0
"""Seconds for an address that does not answer, when there is another one."""


class Connecting:
    """Opens connections to one server, each to the next of its addresses."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._found: list[str] = []
        self._until = 0.0
        self._turn = 0
        self._asking = asyncio.Lock()

    async def connect(self) -> Connection:
        """Open a connection; raises UnknownHost, Untrusted or Unreachable."""
        hosts = await self._hosts()
        for host in hosts[:-1]:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._connect(host)
            except OSError:  # TimeoutError is one
                continue
        try:
            return await self._connect(hosts[-1])
        except OSError as error:
            raise of_connecting(error) from None

    async def _connect(self, host: str) -> Connection:
        context = self._address.context
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, host, self._address.port, ssl=context, server_hostname=self._address.host if context else None
        )
        return connection

    async def _hosts(self) -> list[str]:
        """Give the addresses in the order of trying: the system's first family in turn, then the others."""
        loop = asyncio.get_running_loop()
        async with self._asking:
            if loop.time() > self._until:
                try:
                    found = await loop.getaddrinfo(self._address.host, self._address.port, type=socket.SOCK_STREAM)
                except socket.gaierror:
                    raise UnknownHost from None
                first = [str(each[4][0]) for each in found if each[0] == found[0][0]]
                self._preferred, self._others = first, [str(each[4][0]) for each in found if each[0] != found[0][0]]
                self._until = loop.time() + NAMES_LAST
        self._turn = (self._turn + 1) % len(self._preferred)
        return self._preferred[self._turn :] + self._preferred[: self._turn] + self._others
