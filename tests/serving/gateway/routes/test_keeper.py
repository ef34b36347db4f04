"""A gateway that starts while the API server is away goes on with what the last one knew, until somebody answers."""

import asyncio
import errno
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from fmops_api.access import AccessMode
from fmops_api.route import Backend, Route, RouteAccess, RouteKey
from fmops_serving.gateway.place import Place
from fmops_serving.gateway.prompts.shelf import Shelf, Title
from fmops_serving.gateway.routes import cluster
from fmops_serving.gateway.routes.apiserver import Account, Unanswered
from fmops_serving.gateway.routes.keeper import Keeper
from fmops_serving.gateway.routes.kept import FILE, Copy, Unusable, line_of
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.screen.ofroute import Shut
from fmops_serving.gateway.upstream.patience import Patience
from tests.serving.gateway.routes.test_cluster import config_map, packed

AWAY = "the API server cannot be reached"
TEMPLATES = orjson.dumps(
    {"templates": [{"name": "greet", "version": 1, "messages": [{"role": "User", "content": "Hello."}]}]}
)
UNBUILDABLE = {"name": "words", "detector": "Regex", "action": "Block", "pattern": "("}


def secret(name: str, *keys: str, **more: Any) -> dict[str, Any]:
    access = RouteAccess(mode=AccessMode.KEYS, keys=[RouteKey(name=key, digest=digest(key)) for key in keys])
    route = Route(namespace="support", name=name, backends=[Backend(urls=["http://127.0.0.1:1/v1"], model="m")])
    content = {**route.model_dump(mode="json", by_alias=True, exclude_none=True), **more}
    content["access"] = access.model_dump(mode="json", by_alias=True, exclude_none=True)
    data = {"route.json": packed(orjson.dumps(content))}
    return {"metadata": {"name": f"model-{name}", "resourceVersion": "7"}, "data": data}


def digest(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


@dataclass
class Kubernetes:
    """An API server: it holds objects, and is there, refuses, or keeps silent."""

    secrets: list[dict[str, Any]]
    bundles: list[dict[str, Any]] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    refuses: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, path: str, _: Any) -> Any:
        if self.refuses:
            raise Unanswered(AWAY)
        await self.answers.wait()
        items = self.secrets if path.endswith("/secrets") else self.bundles
        return {"items": items, "metadata": {"resourceVersion": "9"}}

    async def follow(self, path: str, _: Any) -> AsyncIterator[bytes]:
        if path.endswith("/secrets"):
            yield orjson.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}})
        await self.ended.wait()
        raise Unanswered(AWAY)


@dataclass
class Gateway:
    """What a gateway knows."""

    routes: Routes = field(default_factory=lambda: Routes(Patience(), lambda _place: lambda _check: None))
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def models(self) -> list[str]:
        return sorted(place.name for place in self.routes.table.by_place)

    def opens(self, key: str) -> bool:
        return digest(key) in self.routes.table.keys

    def prompt(self) -> bool:
        found = self.shelf.find(Title("support", "tickets"))
        return found is not None and [each.name for each in found.templates] == ["greet"]


@asynccontextmanager
async def running(
    server: Kubernetes, folder: Path, monkeypatch: pytest.MonkeyPatch, patience: float = 60.0
) -> AsyncIterator[Gateway]:
    """Run a gateway on this API server, with a copy in `folder` that nothing writes any more when it has ended."""
    writer = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(writer)
    monkeypatch.setattr(cluster, "ApiServer", lambda _: server)
    gateway = Gateway()
    keeper = Keeper(Copy(folder, "gateway"), gateway.routes.recall, every=0.0, patience=patience)
    account = Account("https://127.0.0.1:1", folder)
    told = {"trouble": gateway.routes.note, "keeper": keeper}
    task = asyncio.create_task(
        cluster.follow_cluster(account, "gateway", gateway.routes.replace, gateway.shelf.replace, **told)  # type: ignore[arg-type]
    )
    try:
        yield gateway
        assert not task.done(), "a gateway goes on whatever its copy does"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.shutdown()


async def until(there: Any) -> None:
    async with asyncio.timeout(30):
        while not there():  # noqa: ASYNC110 - a file, or what a gateway knows
            await asyncio.sleep(0.005)


def up(*secrets: dict[str, Any]) -> Kubernetes:
    server = Kubernetes(list(secrets), [config_map("sha256:a", 3, data={"bundle.json": TEMPLATES.decode()})])
    server.answers.set()
    return server


def down(*, silent: bool = False) -> Kubernetes:
    return Kubernetes([], refuses=not silent)


def counts(folder: Path) -> dict[str, int]:
    """Count the objects of each kind in the copy; none where there is no copy that can be used."""
    with suppress(Unusable):
        if (found := Copy(folder, "gateway").read()) is not None:
            return {kind: len(each) for kind, each in found.objects.items()}
    return {}


async def keep(folder: Path, monkeypatch: pytest.MonkeyPatch, *secrets: dict[str, Any]) -> None:
    """Let a gateway run until it has kept what it knows."""
    async with running(up(*secrets), folder, monkeypatch):
        await until(lambda: counts(folder) == {"model": len(secrets), "prompts": 1})


@pytest.mark.parametrize("silent", [False, True], ids=["it refuses", "it keeps silent"])
async def test_what_was_known_is_served_until_the_api_server_answers(
    silent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rails = [{"name": "toxicity", "detector": "Toxicity", "action": "Block"}]
    await keep(tmp_path, monkeypatch, secret("a", "old"), secret("b", "old", guardrails=rails), secret("c"))
    os.utime(tmp_path / FILE, (1_700_000_000, 1_700_000_000))
    server = down(silent=silent)
    async with running(server, tmp_path, monkeypatch, patience=0.01 if silent else 60.0) as gateway:
        await until(lambda: gateway.routes.loaded and gateway.prompt())
        assert gateway.models == ["a", "b", "c"]
        live = gateway.routes.table.find(Place("support", "b"))
        assert live is not None
        assert live.screen.incoming, "rails are what they were"
        ready, said = gateway.routes.readiness()
        assert ready
        why = "" if silent else f": {AWAY}"
        assert said == f"ok, with routes from a kept copy, confirmed at 2023-11-14T22:13:20Z{why}"
        assert gateway.routes.age() == pytest.approx(gateway.routes.age() or 0, abs=5)
        assert (gateway.routes.age() or 0) > 1e6
        assert (tmp_path / FILE).stat().st_mtime == 1_700_000_000, "nobody confirmed it"

        server.secrets[:] = [secret("a", "new"), secret("b", "old", guardrails=rails)]
        server.refuses = False
        server.answers.set()
        await until(lambda: gateway.opens("new"))
        assert gateway.models == ["a", "b"], "what was deleted meanwhile goes"
        await until(lambda: gateway.routes.readiness() == (True, "ok"))
        assert (gateway.routes.age() or 0) < 1e5
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert sum("served from the copy" in line for line in warned) == 2, "routes, and catalogues"
    assert digest("old") not in caplog.text


async def test_a_copy_is_not_served_while_the_api_server_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that was revoked while nothing ran is never honoured, not even for a moment."""
    await keep(tmp_path, monkeypatch, secret("a", "revoked"), secret("gone"))
    server = up(secret("a", "next"))
    server.answers.clear()
    async with running(server, tmp_path, monkeypatch) as gateway:
        await asyncio.sleep(0.02)
        assert not gateway.routes.loaded
        assert gateway.routes.readiness() == (False, "no routes were read yet")
        assert gateway.routes.age() is None
        server.answers.set()
        await until(lambda: gateway.routes.loaded)
        assert (gateway.opens("next"), gateway.opens("revoked"), gateway.models) == (True, False, ["a"])
        await until(lambda: b"gone" not in (tmp_path / FILE).read_bytes())
    assert "served from the copy" not in caplog.text


async def test_a_route_that_cannot_be_read_is_what_it_was_after_a_start_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(tmp_path, monkeypatch, secret("a", "old"), secret("b"))
    spoiled = {**secret("a"), "data": {"route.json": "!"}}
    async with running(up(spoiled, secret("b")), tmp_path, monkeypatch) as gateway:
        await until(lambda: gateway.routes.loaded)
        assert gateway.models == ["a", "b"]
        assert gateway.opens("old")


async def test_rails_that_cannot_be_built_stay_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(tmp_path, monkeypatch, secret("a", "old", guardrails=[UNBUILDABLE]))
    async with running(down(), tmp_path, monkeypatch) as gateway:
        await until(lambda: gateway.routes.loaded)
        live = gateway.routes.table.find(Place("support", "a"))
        assert live is not None
        assert isinstance(live.screen, Shut)


@pytest.mark.parametrize("spoil", ["torn", "an object of another version"])
async def test_a_copy_that_cannot_be_used_is_named_once_and_replaced(
    spoil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(tmp_path, monkeypatch, secret("a", "old"), secret("b"))
    if spoil == "torn":
        os.truncate(tmp_path / FILE, 100)
    else:
        lines = tuple(line_of(each) for each in (secret("a"), secret("b", task="Dream")))
        Copy(tmp_path, "gateway").write({"model": lines}, 1.0)
    server = down()
    async with running(server, tmp_path, monkeypatch) as gateway:
        await until(lambda: gateway.routes.trouble)
        assert not gateway.routes.loaded, "not even the part that can be read"
        server.secrets.append(secret("a", "new"))
        server.refuses = False
        server.answers.set()
        await until(lambda: gateway.opens("new"))
        await until(lambda: counts(tmp_path).get("model") == 1)
    ignored = [each.getMessage() for each in caplog.records if "is ignored" in each.getMessage()]
    assert len(ignored) == 1
    assert str(tmp_path) in ignored[0]


async def test_a_disk_that_takes_nothing_harms_nothing_and_leaves_no_old_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await keep(tmp_path, monkeypatch, secret("a", "revoked"))
    full = True

    def fsync(_: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    async with running(up(secret("a", "next")), tmp_path, monkeypatch) as gateway:
        await until(lambda: gateway.opens("next"))
        await until(lambda: "no copy of routes can be kept" in caplog.text)
        assert not (tmp_path / FILE).exists(), "it would let in who was shut out"
        assert gateway.models == ["a"]
    assert caplog.text.count("No space left on device") == 1
    full = False
    async with running(up(secret("a", "next")), tmp_path, monkeypatch):
        await until((tmp_path / FILE).exists)


async def test_nothing_is_written_while_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(tmp_path, monkeypatch, secret("b", "old"), secret("a"))
    before = (tmp_path / FILE).stat()
    os.utime(tmp_path / FILE, (1_700_000_000, 1_700_000_000))
    async with running(up(secret("a"), secret("b", "old")), tmp_path, monkeypatch):
        await until(lambda: (tmp_path / FILE).stat().st_mtime > 1_700_000_000)
        assert (tmp_path / FILE).stat().st_ino == before.st_ino, "the same file, confirmed anew"
