"""Steady traffic while the API server, which the gateway has its routes from, is away, hangs and refuses."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from fmops_operator.desired import vllm
from fmops_serving.gateway.routes.kept import Copy
from tests.cluster.progress import wait_until
from tests.operator.routes.door import Door, start_door
from tests.operator.routes.gateway_stage import GatewayStage
from tests.operator.routes.shop import BLOCKED, OLD, SERVED, Shop
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.gateway import engine
from tests.support.model_stage import Stage
from tests.support.traffic import Traffic, traffic
from tests.support.traffic_scene import INSULT, RAILS, UNKNOWN, asks, speaks

pytestmark = pytest.mark.cluster
AWAY = "the API server cannot be reached: Unreachable Connection refused"
SECONDS = 10.0
"""That a change may take to act once the API server is back: a pause of 5, and what a busy machine adds."""


@pytest.fixture
def between(gateway: GatewayStage, tmp_path: Path) -> Iterator[FaultyProxy]:
    """What stands between the gateway and the API server, in the API server's name."""
    cluster = gateway.theatre.cluster
    pair = (cluster.layout.authority.certificate_of("apiserver"), cluster.layout.authority.key_of("apiserver"))
    with FaultyProxy(cluster.kubeconfig, tmp_path, pair) as proxy:
        yield proxy


@pytest.mark.timeout(240)
async def test_the_last_known_routes_are_served_while_the_api_server_is_away(
    stage: Stage, gateway: GatewayStage, between: FaultyProxy, tmp_path: Path
) -> None:
    shop = Shop(stage, gateway)
    async with engine(speaks("alpha"), OLD, vllm.PORT) as pod, engine(speaks("beta")) as other:
        between.go_away()
        with start_door(gateway, tmp_path, between.port) as door:
            await asyncio.to_thread(knows_nothing, door)
            between.come_back()
            await asyncio.to_thread(door.wait_ready)
            await asyncio.to_thread(shop.open, door, other.url)
            shop.keys(web="sk-old", rude="sk-rude", other="sk-other", next="sk-new")
            given = asks(shop.model, f"{shop.model}-other")
            async with traffic([("127.0.0.1", door.port)], given, clients=1, pause=0.1) as driver:
                for number, trouble in enumerate((away, hanging, refusing(500), refusing(410), refusing(429))):
                    await change_unheard(shop, driver, trouble(between), opens=number % 2 == 0)
        print(driver.tally)
        assert driver.tally.told == []
        assert not any(INSULT in call.body.decode() for call in pod.calls)


@pytest.mark.timeout(240)
async def test_a_gateway_that_is_killed_while_the_api_server_is_away_goes_on_with_what_it_knew(
    stage: Stage, gateway: GatewayStage, between: FaultyProxy, tmp_path: Path
) -> None:
    shop, kept = Shop(stage, gateway), tmp_path / "kept"
    async with engine(speaks("alpha"), OLD, vllm.PORT), engine(speaks("beta")) as other:
        with start_door(gateway, tmp_path, between.port, "--keep-routes", str(kept)) as door:
            await asyncio.to_thread(door.wait_ready)
            await asyncio.to_thread(shop.open, door, other.url)
            await asyncio.to_thread(wait_until, "the copy", lambda: holds(kept, gateway, stage.name), 60)
            between.go_away()
            door.process.kill()
            door.process.start()
            await asyncio.to_thread(door.wait_ready)
            await asyncio.to_thread(serves_the_copy, door, shop)
            await asyncio.to_thread(shop.apply, RAILS, "1", ("rude",))
            await asyncio.to_thread(shop.wait_for, "one key", lambda route: len(route.access.keys) == 1)
            assert (await asyncio.to_thread(door.ask, shop.model, "sk-old", stream=False))[0] == 200, (
                "as one that kept running"
            )
            between.come_back()
            shut = lambda: door.ask(shop.model, "sk-old", stream=False)[0] in {401, 403}  # noqa: E731
            await asyncio.to_thread(wait_until, "the key to be gone", shut, 60)
            assert door.get("/readyz") == (200, "ok\n")


def holds(kept: Path, gateway: GatewayStage, name: str) -> bool:
    """Say whether the copy has both routes as they are."""
    now = [each["data"] for model in (name, f"{name}-other") for each in gateway.kept("Secret", "model", model)]
    found = Copy(kept, gateway.routes).read()
    copied = [each["data"] for each in found.objects.get("model", ())] if found else []
    return len(now) == 2 and all(each in copied for each in now)


def serves_the_copy(door: Door, shop: Shop) -> None:
    """Look at what is served, to whom, and what is said of it."""
    ready, said = door.get("/readyz")
    assert (ready, said.startswith("ok, with routes from a kept copy, confirmed at ")) == (200, True), said
    assert AWAY in said
    assert door.ask(shop.model, "sk-old", stream=False)[0] == 200
    assert door.ask(f"{shop.model}-other", "sk-other", stream=False)[0] == 200
    assert door.ask(shop.model, "sk-unknown")[0] == 401
    status, body = door.ask(shop.model, "sk-old", INSULT, stream=False)
    assert (status, json.loads(body)["error"]["code"]) == (400, "content_filter")


def knows_nothing(door: Door) -> None:
    """Wait until the gateway says what it waits for; it tells nobody that a key is wrong or a model missing."""
    said = f"no routes were read yet: {AWAY}\n"
    wait_until("it to say what it waits for", lambda: door.get("/readyz") == (503, said), seconds=60)
    status, body = door.ask("shop/alpha", "sk-old")
    assert (status, json.loads(body)["error"]["code"]) == (503, "gateway_not_ready")
    assert door.get("/v1/models")[0] == 503


@contextmanager
def away(between: FaultyProxy) -> Iterator[None]:
    """End as a process that is killed."""
    between.go_away()
    yield
    between.come_back()


@contextmanager
def hanging(between: FaultyProxy) -> Iterator[None]:
    """Stand still as a process that is stopped."""
    between.hang()
    yield
    between.go_on()


def refusing(code: int) -> Callable[[FaultyProxy], AbstractContextManager[None]]:
    """Break each watch with an error, and refuse the next ones and the lists."""

    @contextmanager
    def refuse(between: FaultyProxy) -> Iterator[None]:
        between.fault = Fault(lambda *_: True, code)
        assert between.break_watches(code) > 0
        yield
        between.fault = None

    return refuse


async def change_unheard(shop: Shop, driver: Traffic, trouble: AbstractContextManager[None], *, opens: bool) -> None:
    """Let one key in, or out, while the gateway cannot hear of it; it acts soon after that."""
    before, after = (UNKNOWN, ("200",)) if opens else (("200",), UNKNOWN)
    names = ("web", "rude", "next") if opens else ("web", "rude")
    driver.expect(new=before)
    with trouble:
        await asyncio.to_thread(shop.apply, RAILS, "1", names)
        await asyncio.to_thread(shop.wait_for, f"keys {names}", lambda r: [k.name for k in r.access.keys] == [*names])
        await driver.until(*SERVED, *BLOCKED, f"new {before[0]}")
        driver.expect(new=(*before, *after))
    began = time.monotonic()
    await driver.until(f"new {after[0]}", times=1)
    took = time.monotonic() - began
    print(f"a change acts {took:.1f} s after the API server is back")
    assert took < SECONDS
    driver.expect(new=after)
    await driver.until(*SERVED, *BLOCKED, f"new {after[0]}")
