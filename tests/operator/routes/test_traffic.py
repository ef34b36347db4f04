"""Steady traffic from a FoundationModel to its answers while pods, rails and keys change and the operator is killed."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from fmops_api.route import Route
from fmops_operator.desired import vllm
from tests.cluster.progress import wait_until
from tests.operator.routes.door import Door
from tests.operator.routes.gateway_stage import GatewayStage, digest
from tests.support.gateway import engine
from tests.support.model_stage import Stage
from tests.support.traffic import Traffic, traffic
from tests.support.traffic_scene import INSULT, RAILS, UNKNOWN, asks, drains, speaks

pytestmark = pytest.mark.cluster

_PROCESS = f"{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
OLD, NEW = f"127.101.{_PROCESS}", f"127.102.{_PROCESS}"
"""Addresses of pods, on loopback and of this process alone: a pod's engine listens on a port that nobody chooses."""
BLOCKED = ("insult 400 content_filter", "insulted 200", "insulted in a stream 200")
SERVED = ("chat 200", "stream 200", "other 200")


@dataclass(frozen=True)
class Shop:
    """A model whose pods are played, with the keys web and rude, and beside it one of somebody else without rails."""

    stage: Stage
    gateway: GatewayStage

    def open(self, other: str) -> None:
        """Declare both and let the first pod be ready."""
        self.keys(web="sk-old", rude="sk-rude", other="sk-other")
        self.stage.make_claim()
        self.apply(RAILS)
        self.add_pod(OLD)
        beta = Stage(self.stage.theatre, self.stage.namespace, f"{self.stage.name}-other")
        beta.apply(
            source={"service": {"url": other.removesuffix("/v1"), "model": "beta"}},
            access={"keys": [self._key("other")]},
        )
        self.gateway.wait_for("its key", beta.name, lambda route: len(route.access.keys) == 1)

    def keys(self, **texts: str) -> None:
        """Write the Secret with the keys' texts."""
        self.stage.make("Secret", f"{self.stage.name}-keys", stringData=texts)

    def apply(self, rails: list[dict[str, Any]], version: str = "1", keys: tuple[str, ...] = ("web", "rude")) -> None:
        """Declare the model; another version is another pod."""
        self.stage.apply(
            engine={"env": [{"name": "VERSION", "value": version}]},
            guardrails=rails,
            access={"keys": [self._key(name) for name in keys]},
        )

    def add_pod(self, address: str) -> None:
        """Let the pod that has no address yet be ready at this one, and wait until the route says so."""

        def fresh() -> list[str]:
            return [each["metadata"]["name"] for each in self.stage.pods() if "podIP" not in each.get("status", {})]

        wait_until("a pod without an address", lambda: bool(fresh()), seconds=60)
        (pod,) = fresh()
        self.stage.play(pod, {"podIP": address, "podIPs": [{"ip": address}]})
        self.stage.play_ready(pod)
        self.wait_for("the pod", lambda route: root(address) in route.backends[0].urls)

    def wait_for(self, what: str, there: Callable[[Route], bool]) -> None:
        """Wait until the route in the gateway's namespace is so."""
        self.gateway.wait_for(what, self.stage.name, there)

    def _key(self, name: str) -> dict[str, Any]:
        return {"name": name, "secretRef": {"name": f"{self.stage.name}-keys", "key": name}}


def root(address: str) -> str:
    """Give the root of a pod's API."""
    return f"http://{address}:{vllm.PORT}/v1"


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_let_through_while_the_operator_changes_routes(
    stage: Stage, gateway: GatewayStage, door: Door
) -> None:
    shop, model = Shop(stage, gateway), f"{stage.namespace}/{stage.name}"
    alpha = speaks("alpha")
    async with AsyncExitStack() as leaving, engine(alpha, NEW, vllm.PORT) as new, engine(speaks("beta")) as other:
        old = await leaving.enter_async_context(engine(alpha, OLD, vllm.PORT))
        await asyncio.to_thread(shop.open, other.url)
        await asyncio.to_thread(answered, door, model, "sk-old")
        await asyncio.to_thread(answered, door, f"{model}-other", "sk-other")
        async with traffic([("127.0.0.1", door.port)], asks(model, f"{model}-other"), clients=1) as driver:
            await driver.until(*SERVED, *BLOCKED, "new 401 invalid_api_key")
            await roll_out(shop, driver)
            await driver.until(*SERVED, *BLOCKED)
            old.behave, before = drains, len(old.calls)
            await driver.until(*SERVED, times=10)
            assert len(old.calls) == before, "the pod that left is asked no more"
            await leaving.aclose()
            await change_rails(shop, driver)
            await rotate(shop, driver)
            await kill_operator(shop, driver)
        print(driver.tally)
        assert driver.tally.told == []
        assert not any(INSULT in call.body.decode() for call in [*old.calls, *new.calls])


def answered(door: Door, model: str, key: str) -> None:
    """Wait until the gateway serves a model."""
    wait_until(f"an answer of {model}", lambda: door.ask(model, key, stream=False)[0] == 200, seconds=60)


async def roll_out(shop: Shop, driver: Traffic) -> None:
    """Let another version of the model take the first one's place, as the Deployment does it."""
    await asyncio.to_thread(shop.apply, RAILS, "2")
    await asyncio.to_thread(shop.add_pod, NEW)
    await asyncio.to_thread(shop.wait_for, "the new pod alone", lambda r: r.backends[0].urls == [root(NEW)])
    await driver.until(*SERVED)


async def change_rails(shop: Shop, driver: Traffic) -> None:
    """Take rails away that others make up for."""
    for rails in (RAILS[:1], RAILS[1:], RAILS):
        await change_to(shop, rails)
        await driver.until(*SERVED, *BLOCKED)


async def change_to(shop: Shop, rails: list[dict[str, Any]]) -> None:
    names = [rail["name"] for rail in rails]
    await asyncio.to_thread(shop.apply, rails, "2")
    await asyncio.to_thread(shop.wait_for, f"rails {names}", lambda r: [each.name for each in r.guardrails] == names)


async def rotate(shop: Shop, driver: Traffic) -> None:
    """Let a new key in beside the old one, then give the old one another text; the new one always opens."""
    driver.expect(new=("200", *UNKNOWN))
    await asyncio.to_thread(shop.keys, web="sk-old", rude="sk-rude", next="sk-new", other="sk-other")
    await asyncio.to_thread(shop.apply, RAILS, "2", ("web", "rude", "next"))
    await driver.until("new 200")
    driver.expect(new=("200",), chat=("200", *UNKNOWN), stream=("200", *UNKNOWN))
    await asyncio.to_thread(shop.keys, web="sk-other-text", rude="sk-rude", next="sk-new", other="sk-other")
    await asyncio.to_thread(
        shop.wait_for, "the other text", lambda r: digest("sk-other-text") in [key.digest for key in r.access.keys]
    )
    await driver.until("chat 401 invalid_api_key", "stream 401 invalid_api_key")
    driver.expect(chat=UNKNOWN, stream=UNKNOWN)
    await driver.until("chat 401 invalid_api_key", "stream 401 invalid_api_key", "new 200", "other 200")


async def kill_operator(shop: Shop, driver: Traffic) -> None:
    """Kill it as it hears of other rails, go on without it, and let it catch up."""
    operator = shop.stage.theatre.operator
    await asyncio.to_thread(shop.apply, RAILS[:1], "2", ("web", "rude", "next"))
    await asyncio.to_thread(operator.kill)
    await driver.until("new 200", "other 200", *BLOCKED)
    await asyncio.to_thread(shop.apply, RAILS[1:], "2", ("web", "rude", "next"))
    await driver.until("new 200", "other 200", *BLOCKED)
    await asyncio.to_thread(operator.start)
    await asyncio.to_thread(shop.wait_for, "the rails", lambda r: [rail.name for rail in r.guardrails] == ["words"])
    await driver.until("new 200", "other 200", *BLOCKED)
