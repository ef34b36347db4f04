"""Replicas that hear each other over HTTP."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest
from click.testing import CliRunner

from fmops_api.route import RouteKey
from fmops_serving.gateway.access import peers as peers_module
from fmops_serving.gateway.access.limits import Limits
from fmops_serving.gateway.access.peers import Peers
from fmops_serving.gateway.command import gateway
from fmops_serving.gateway.inside import Inside
from fmops_serving.gateway.metrics.page import MetricsPage
from fmops_serving.gateway.metrics.recorder import Recorder
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.refusal import Refusal
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.server.house import House
from fmops_serving.gateway.server.limits import Limits as ServerLimits
from fmops_serving.gateway.upstream.patience import Patience
from fmops_serving.gateway.waiting import Waiting

PLACE = Place("support", "tiny")
KEY = RouteKey(name="web", digest="sha256:" + "0" * 64, requests_per_minute=10)


def house(limits: Limits) -> House:
    routes, recorder = Routes(Patience(), lambda _place: lambda _check: None), Recorder()
    return House(Inside(MetricsPage(recorder, routes, Waiting(routes)), limits).answer, ServerLimits())


async def test_what_one_replica_let_through_counts_on_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = Limits(), Limits()
    async with AsyncExitStack() as stack:
        first, second = house(mine), house(other)
        port = await first.open("127.0.0.1", 0)
        await second.open("127.0.0.2", port)
        stack.push_async_callback(first.close, 0)
        stack.push_async_callback(second.close, 0)

        async def found(*_: object, **__: object) -> list[tuple[object, ...]]:
            hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        peers = Peers(mine, "gateway-metrics", port)
        stack.push_async_callback(peers.close)
        for _ in range(8):
            other.book(PLACE, KEY, 4)
        await peers.hear()
        assert mine.others.count(mine.now()) == 1, "the replica itself and one that is not there do not count"
        mine.book(PLACE, KEY, 4)
        await peers.hear()
        mine.book(PLACE, KEY, 4)
        with pytest.raises(Refusal, match="limit of 10 requests"):
            mine.book(PLACE, KEY, 4)
        other.book(PLACE, KEY, 4)
        await peers.hear()
        assert mine.others.used(next(iter(other.report(0)["keys"])), mine.now()) == (9, 9)


async def test_hearing_goes_on_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = asyncio.Semaphore(0)

    async def breaks(_: Peers) -> None:
        rounds.release()
        raise RuntimeError

    monkeypatch.setattr(Peers, "hear", breaks)
    monkeypatch.setattr(peers_module, "EVERY", 0.001)
    following = asyncio.create_task(Peers(Limits(), "gateway-metrics", 8081).follow())
    async with asyncio.timeout(5):
        await rounds.acquire()
        await rounds.acquire()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


@pytest.mark.parametrize("peers", ["gateway", "gateway:", ":8081", "gateway:x", "gateway:70000"])
def test_peers_that_name_no_port_are_refused(peers: str, tmp_path: object) -> None:
    told = CliRunner().invoke(gateway, ["--routes", str(tmp_path), "--port", "0", "--peers", peers])
    assert told.exit_code != 0
    assert "takes HOST:PORT" in told.output
