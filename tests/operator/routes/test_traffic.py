"""Steady traffic from a FoundationModel to its answers while pods, rails and keys change and the operator is killed."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from fmops_operator.desired import vllm
from tests.operator.routes.door import Door
from tests.operator.routes.gateway_stage import GatewayStage, digest
from tests.operator.routes.shop import BLOCKED, NEW, OLD, SERVED, Shop, root
from tests.support.gateway import engine
from tests.support.model_stage import Stage
from tests.support.traffic import Traffic, traffic
from tests.support.traffic_scene import INSULT, RAILS, UNKNOWN, asks, drains, speaks

pytestmark = pytest.mark.cluster


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_let_through_while_the_operator_changes_routes(
    stage: Stage, gateway: GatewayStage, door: Door
) -> None:
    shop, alpha = Shop(stage, gateway), speaks("alpha")
    async with AsyncExitStack() as leaving, engine(alpha, NEW, vllm.PORT) as new, engine(speaks("beta")) as other:
        old = await leaving.enter_async_context(engine(alpha, OLD, vllm.PORT))
        await asyncio.to_thread(shop.open, door, other.url)
        async with traffic([("127.0.0.1", door.port)], asks(shop.model, f"{shop.model}-other"), clients=1) as driver:
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
