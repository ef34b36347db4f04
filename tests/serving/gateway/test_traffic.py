"""Steady traffic while everything changes: nothing is lost, answered wrong or let through unscreened."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.gateway import Engine, engine
from tests.support.gateway_process import gateways
from tests.support.traffic import Address, Traffic, traffic
from tests.support.traffic_scene import INSULT, RAILS, UNKNOWN, asks, drains, speaks


class Folder:
    """The routes of two models, as files. Each version of alpha's has a key by which it is seen to be in force."""

    def __init__(self, folder: Path, other: Engine, alpha: Engine) -> None:
        self.file = folder / "alpha.yaml"
        self._urls, self._keys, self._rails = [alpha.url], ["sk-old"], RAILS
        self._version = 0
        backend = {"urls": [other.url], "model": "real"}
        beta = {"namespace": "other", "name": "beta", "backends": [backend], "access": access("sk-other")}
        (folder / "beta.yaml").write_text(yaml.safe_dump(beta))
        self.file.write_text(self._next())

    def _next(self) -> str:
        self._version += 1
        keys, backend = ["sk-rude", f"sk-version-{self._version}", *self._keys], {"urls": self._urls, "model": "real"}
        head = {"namespace": "shop", "name": "alpha", "backends": [backend], "access": access(*keys)}
        return yaml.safe_dump({**head, "guardrails": self._rails}, sort_keys=False)

    async def put(self, replicas: Sequence[Address], urls: Sequence[str] = (), keys: Sequence[str] = ()) -> None:
        """Write the route of alpha with what changes, beside it, and rename."""
        self._urls, self._keys = list(urls) or self._urls, list(keys) or self._keys
        new = self.file.with_suffix(".new")
        new.write_text(self._next())
        new.rename(self.file)
        await self._in_force(replicas)

    async def scribble(self, replicas: Sequence[Address], rails: list[dict[str, Any]]) -> None:
        """Write it in place and slowly, from nothing over a half without guard rails to the whole."""
        self._rails = rails
        head, tail = self._next().split("guardrails:")
        self.file.write_text("")
        for piece in (head, "guardrails:", tail):
            await asyncio.sleep(0.15)
            with self.file.open("a") as file:
                file.write(piece)
        await self._in_force(replicas)

    async def _in_force(self, replicas: Sequence[Address]) -> None:
        """Wait until every replica knows the key of this version."""
        key = f"authorization: Bearer sk-version-{self._version}"
        listing = f"GET /v1/models HTTP/1.1\r\nhost: gateway\r\n{key}\r\nconnection: close\r\n\r\n".encode()
        for address in replicas:
            said = b""
            async with asyncio.timeout(10):
                while not said.startswith(b"HTTP/1.1 200"):
                    reader, writer = await asyncio.open_connection(*address)
                    writer.write(listing)
                    said = await reader.read()
                    writer.close()


def access(*keys: str) -> dict[str, Any]:
    """Let keys in."""
    digests = [f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" for key in keys]
    return {"keys": [{"name": f"k{number}", "digest": each} for number, each in enumerate(digests)]}


@pytest.mark.timeout(120)
async def test_nothing_is_lost_or_let_through_while_everything_changes(tmp_path: Path) -> None:
    async with engine(speaks("alpha")) as new, engine(speaks("beta")) as other, AsyncExitStack() as pod:
        old = await pod.enter_async_context(engine(speaks("alpha")))
        folder = Folder(tmp_path, other, old)
        async with gateways(tmp_path, 2) as replicas:
            addresses = [("127.0.0.1", each.port) for each in replicas]
            async with traffic(addresses, asks("shop/alpha", "other/beta"), pause=0.04) as driver:
                await driver.until("chat 200", "stream 200", "insult 400 content_filter", "other 200")
                await roll_out(folder, driver, addresses, old, new)
                await pod.aclose()
                await driver.until("chat 200", "stream 200", times=10)
                await folder.put(addresses, urls=(new.url,))
                await change_rails(folder, driver, addresses)
                assert await replicas[0].end() == 0, "nothing was cut off"
                await driver.until("chat 200", "stream 200")
                await replicas[0].start()
                await driver.until("chat 200", "stream 200")
                await rotate(folder, driver, addresses)
            print(driver.tally)
            assert driver.tally.told == []
        assert not any(INSULT in call.body.decode() for call in [*old.calls, *new.calls])


async def roll_out(folder: Folder, driver: Traffic, replicas: Sequence[Address], old: Engine, new: Engine) -> None:
    """Add a pod, and let the old one drain before the gateway hears that it leaves."""
    await folder.put(replicas, urls=(old.url, new.url))
    await driver.until("chat 200", "stream 200")
    assert new.calls
    old.behave = drains
    await driver.until("chat 200", "stream 200", times=10)


async def change_rails(folder: Folder, driver: Traffic, replicas: Sequence[Address]) -> None:
    """Take rails away that others make up for, written as people write files."""
    for rails in (RAILS[:1], RAILS[1:], RAILS):
        await folder.scribble(replicas, rails)
        await driver.until("insult 400 content_filter", "insulted 200", "insulted in a stream 200", times=4)


async def rotate(folder: Folder, driver: Traffic, replicas: Sequence[Address]) -> None:
    """Let a new key in, then take the old one away."""
    driver.expect(new=("200", *UNKNOWN))
    await folder.put(replicas, keys=("sk-old", "sk-new"))
    driver.expect(new=("200",), chat=("200", *UNKNOWN), stream=("200", *UNKNOWN))
    await driver.until("new 200", "chat 200")
    await folder.put(replicas, keys=("sk-new",))
    driver.expect(chat=UNKNOWN, stream=UNKNOWN)
    await driver.until("chat 401 invalid_api_key", "stream 401 invalid_api_key", "new 200")
