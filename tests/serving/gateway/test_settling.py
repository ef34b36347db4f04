"""Settling what was loaded: at the start, and again when routes brought rails with them, and for nothing else."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.settling import keep_settled
from fmops_serving.gateway.upstream.patience import Patience
from tests.support.gateway import route

WORDS = {"name": "words", "detector": "Regex", "pattern": "secret", "direction": "Input", "action": "Block"}


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Note how many objects were out of the search for garbage, each time that memory was laid together."""
    found: list[int] = []

    def collapse() -> int:
        found.append(gc.get_freeze_count())
        return 0

    monkeypatch.setattr("fmops_serving.gateway.settling.collapse", collapse)
    monkeypatch.setattr("fmops_serving.gateway.settling.REST", 0.0)
    threshold = gc.get_threshold()
    yield found
    gc.unfreeze()
    gc.set_threshold(*threshold)


async def test_what_routes_bring_is_settled_and_other_pods_bring_nothing(settled: list[int]) -> None:
    routes = Routes(Patience(), lambda _place: lambda _check: None)
    keeping = asyncio.create_task(keep_settled(routes))

    async def times_after(url: str, rails: list[dict[str, str]]) -> int:
        routes.replace([route(url, guardrails=rails)])
        for _ in range(5):
            await asyncio.sleep(0)
        return len(settled)

    try:
        await asyncio.sleep(0)
        assert len(settled) == 1
        assert settled[0] > 0
        assert await times_after("http://10.0.0.1:8000/v1", [WORDS]) == 2
        assert await times_after("http://10.0.0.2:8000/v1", [WORDS]) == 2, "other pods have the rails of before"
        assert await times_after("http://10.0.0.2:8000/v1", [{**WORDS, "pattern": "word"}]) == 3
    finally:
        keeping.cancel()
