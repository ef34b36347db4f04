"""Hearing what other replicas used, twice a second, at /usage of the port of their metrics.

All are found by one name, such as that of a headless Service; a replica knows itself by what it is told.
"""

import asyncio
import logging
import socket

import orjson

from fmops_serving.gateway.access.limits import Limits
from fmops_serving.http.address import Address
from fmops_serving.http.client import Client
from fmops_serving.http.errors import HTTPError

LOG = logging.getLogger(__name__)
PATH = "/usage"
EVERY = 0.5
"""Seconds between two rounds, and that a replica has to answer."""
LOOK_UP_EVERY = 5.0
LONGEST_REPORT = 64 << 20


def report(limits: Limits, query: str) -> bytes:
    """Answer another replica, which says in its query whom it heard up to where: `since=REPLICA:VERSION`."""
    replica, _, version = query.removeprefix("since=").partition(":")
    known = replica == limits.replica and version.isdecimal() and len(version) < 20
    return orjson.dumps(limits.report(int(version) if known else 0))


class Peers:
    """The other replicas, and what they say."""

    def __init__(self, limits: Limits, host: str, port: int) -> None:
        """Find them by a name, and take what they say into `limits`."""
        self._limits = limits
        self._host = host
        self._port = port
        self._clients: dict[str, Client] = {}
        self._known: dict[str, str] = {}
        """Which replica is at an address."""
        self._looked_up = float("-inf")

    async def follow(self) -> None:
        """Hear them for ever."""
        try:
            while True:
                try:
                    await self.hear()
                except Exception:
                    LOG.exception("what other replicas used is not known now")
                await asyncio.sleep(EVERY)
        finally:
            await self.close()

    async def close(self) -> None:
        """End the connections."""
        for host in [*self._clients]:
            await self._forget(host)

    async def _forget(self, host: str) -> None:
        await self._clients.pop(host).__aexit__(None, None, None)
        self._known.pop(host, None)

    async def hear(self) -> None:
        """Ask each once; what one does not answer is what it said before."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._looked_up + LOOK_UP_EVERY:
            await self._look_up()
            self._looked_up = loop.time()
        await asyncio.gather(*(self._ask(host) for host in self._clients))
        self._limits.others.heard_all(self._limits.now())

    async def _look_up(self) -> None:
        """Find the addresses; where nobody knows the name just now, those from before stay."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            return
        hosts = {str(each[4][0]) for each in found}
        for host in self._clients.keys() - hosts:
            await self._forget(host)
        for host in hosts - self._clients.keys():
            self._clients[host] = Client(Address(secure=False, host=host, port=self._port, target=PATH))

    async def _ask(self, host: str) -> None:
        replica = self._known.get(host, "")
        if replica == self._limits.replica:
            return
        try:
            async with asyncio.timeout(EVERY):
                said = await self._report(host, f"{PATH}?since={replica}:{self._limits.others.version(replica)}")
            self._known[host] = str(said["replica"])
            if self._known[host] != self._limits.replica:
                self._limits.others.hear(said, self._limits.now())
        except (HTTPError, TimeoutError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            LOG.debug("replica %s said nothing: %s", host, type(error).__name__)

    async def _report(self, host: str, target: str) -> dict[str, object]:
        with await self._clients[host].get(target, EVERY) as response:
            body = bytearray()
            while piece := await response.read():
                body += piece
                if len(body) > LONGEST_REPORT:
                    raise ValueError("the report is too long")
            said = orjson.loads(body)
            return said if isinstance(said, dict) else {}
