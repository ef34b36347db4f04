"""Steady traffic while the node of a model's pods is drained, and while another one is lost without a word."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import pytest

from fmops_operator.desired import vllm
from tests.cluster.progress import wait_until
from tests.operator.routes.door import Door
from tests.operator.routes.gateway_stage import GatewayStage
from tests.operator.routes.shop import BLOCKED, NEW, OLD, PROCESS, SERVED, Shop, root
from tests.support.api import RefusedError
from tests.support.gateway import Call, Engine, engine
from tests.support.model_stage import Stage
from tests.support.traffic import Traffic, traffic
from tests.support.traffic_scene import INSULT, asks, drains, speaks

pytestmark = pytest.mark.cluster
SECOND, LOST = f"127.103.{PROCESS}", f"127.104.{PROCESS}"
RETRIES, EJECTIONS = "fmops_gateway_retries_total", "fmops_gateway_ejections_total"


@pytest.mark.timeout(240)
async def test_nothing_is_lost_while_nodes_are_drained_and_lost(
    stage: Stage, gateway: GatewayStage, door: Door
) -> None:
    shop, alpha = Shop(stage, gateway, replicas=2), speaks("alpha")
    async with AsyncExitStack() as stack, engine(speaks("beta")) as other:
        pods = {
            address: await stack.enter_async_context(engine(alpha, address, vllm.PORT))
            for address in (OLD, SECOND, NEW, LOST)
        }
        await asyncio.to_thread(shop.open, door, other.url, OLD, SECOND)
        given = asks(shop.model, f"{shop.model}-other")
        async with traffic([("127.0.0.1", door.port)], given, clients=1, pause=0.05) as driver:
            await driver.until(*SERVED, *BLOCKED)
            await drain(shop, driver, pods)
            await lose(shop, driver, door, pods[LOST])
        print(driver.tally)
        assert driver.tally.told == []
        assert not any(INSULT in call.body.decode() for each in pods.values() for call in each.calls)


async def drain(shop: Shop, driver: Traffic, pods: dict[str, Engine]) -> None:
    """Drain the node of two pods as `kubectl drain` does: one stays until another stands in for the other."""
    first, second = [await asyncio.to_thread(shop.pod_at, address) for address in (OLD, SECOND)]
    for each in (first, second):
        shop.place(each, "leaving")
    await leave(shop, driver, first, OLD, pods[OLD])
    assert not evicted(shop, second), "one at a time"
    shop.stage.delete("Pod", first)
    await stand_in(shop, driver, NEW, pods[NEW])
    await leave(shop, driver, second, SECOND, pods[SECOND])
    shop.stage.delete("Pod", second)
    await stand_in(shop, driver, LOST, pods[LOST])


async def leave(shop: Shop, driver: Traffic, pod: str, address: str, played: Engine) -> None:
    """Evict a pod; its server is told to end at once, and the gateway hears of it a moment later."""
    await asyncio.to_thread(wait_until, f"the budget to let {pod} go", lambda: evicted(shop, pod), 60)
    played.behave = drains
    await driver.until(*SERVED, *BLOCKED)
    await asyncio.to_thread(shop.wait_for, "the others", lambda r: root(address) not in r.backends[0].urls)
    await driver.until(*SERVED)
    before = len(played.calls)
    await driver.until(*SERVED, times=5)
    assert len(played.calls) == before, "the pod that leaves is asked no more"


async def stand_in(shop: Shop, driver: Traffic, address: str, played: Engine) -> None:
    """Let the pod that was made for the one that left be ready elsewhere."""
    await asyncio.to_thread(shop.add_pod, address)
    await driver.until(*SERVED, *BLOCKED, times=5)
    assert played.calls


def evicted(shop: Shop, pod: str) -> bool:
    """Ask for a pod's eviction; says whether the disruption budget allows it."""
    try:
        shop.evict(pod)
    except RefusedError as refused:
        if refused.code != 429:
            raise
        return False
    return True


async def lose(shop: Shop, driver: Traffic, door: Door, lost: Engine) -> None:
    """Let a pod vanish: silence, then refused connections, and only then does the cluster take note."""
    name = await asyncio.to_thread(shop.pod_at, LOST)
    ejections = door.metric(EJECTIONS)
    lost.behave, before = is_silent, len(lost.calls)
    assert lost.server is not None
    lost.server.close()
    with nobody_accepts(LOST):

        def timed_out() -> bool:
            return door.metric(RETRIES, 'reason="connect_timeout"') > 0

        # Where the last answer of it was cut off, its connection is closed, and there is none to send a request over.
        await asyncio.to_thread(wait_until, "a request to it", lambda: len(lost.calls) > before or timed_out(), 30)
        for call in lost.calls:  # as kernels do it to connections whose other end acknowledges nothing
            call.writer.transport.abort()
        await asyncio.to_thread(wait_until, "a time-out", timed_out, 60)
    await asyncio.to_thread(wait_until, "it to be left out", lambda: door.metric(EJECTIONS) > ejections, 60)
    await driver.until(*SERVED, *BLOCKED)
    shop.stage.play(name, {"conditions": [{"type": "Ready", "status": "False", "reason": "NodeNotReady"}]})
    await asyncio.to_thread(shop.wait_for, "one pod", lambda r: r.backends[0].urls == [root(NEW)])
    await driver.until(*SERVED, *BLOCKED)


async def is_silent(call: Call) -> None:
    """Take a request and say nothing."""
    await call.gone.wait()


@contextmanager
def nobody_accepts(address: str) -> Iterator[None]:
    """Let connections to a pod's address hang: a queue that is full, and that nobody empties."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind((address, vllm.PORT))
        deaf.listen(0)
        for each in (first, second):
            each.setblocking(False)
            each.connect_ex((address, vllm.PORT))
        yield
