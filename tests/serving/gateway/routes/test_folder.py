"""A folder of routes: what is read, what a slip of a pen does, and how soon a change is in force."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from fmops_serving.gateway.place import Place
from fmops_serving.gateway.prompts.shelf import Shelf
from fmops_serving.gateway.routes import folder as module
from fmops_serving.gateway.routes.folder import Folder
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.upstream.patience import Patience


def plain(name: str = "tiny", **fields: Any) -> dict[str, Any]:
    backends = [{"urls": ["http://127.0.0.1:1/v1"], "model": "real"}]
    return {"namespace": "support", "name": name, "backends": backends, **fields}


def models(routes: Routes) -> set[str]:
    return {str(place) for place in routes.table.by_place}


@pytest.fixture
def routes() -> Routes:
    return Routes(Patience(), lambda _place: lambda _check: None)


def test_routes_are_read_from_json_and_yaml_and_other_files_are_left_alone(tmp_path: Path, routes: Routes) -> None:
    (tmp_path / "a.json").write_text(json.dumps(plain("a")))
    (tmp_path / "b.yaml").write_text(json.dumps(plain("b")) + "\n---\n" + json.dumps(plain("c")) + "\n---\n")
    (tmp_path / "model.yml").write_text("apiVersion: fmops.dev/v1alpha1\nkind: FoundationModel\n")
    (tmp_path / "README.md").write_text("no route")
    assert Folder(tmp_path, routes, Shelf()).look() == []
    assert models(routes) == {"support/a", "support/b", "support/c"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "unexpected end"),
        ("[]", "valid dictionary"),
        ("namespace: a\nname: b\n", "backends: Field required"),
        (json.dumps(plain(urls=[])), "urls: Extra inputs are not permitted"),
        (json.dumps(plain(balancing="Fair")), "balancing: Input should be 'LeastOutstanding' or 'PrefixAffinity'"),
        (json.dumps(plain(access={"keys": [{"name": "web", "digest": "sk-key"}]})), "access.keys.0.digest"),
        (json.dumps(plain(backends=[{"urls": ["ftp://x"], "model": "m"}])), "backends.0.urls.0"),
    ],
)
def test_a_broken_file_is_named_and_keeps_what_it_held(
    tmp_path: Path, routes: Routes, content: str, sentence: str
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(json.dumps(plain()))
    source = Folder(tmp_path, routes, Shelf())
    source.look()
    file.write_text(content)
    assert source.look() == [], "it may still be written"
    (fault,) = source.look()
    assert fault.startswith("tiny.yaml: ")
    assert fault.endswith("what it held before stays in force")
    assert sentence in fault or content == "{"
    assert models(routes) == {"support/tiny"}
    assert source.look() == [], "it is said once"
    file.unlink()
    source.look()
    assert models(routes) == {"support/tiny"}, "it may be written anew"
    source.look()
    assert models(routes) == set()


def test_a_file_that_is_being_written_is_read_when_it_rests(tmp_path: Path, routes: Routes) -> None:
    def rails() -> list[str]:
        live = routes.table.find(Place("support", "tiny"))
        return [rail.name for rail in live.route.guardrails] if live is not None else []

    head, file = yaml.safe_dump(plain()), tmp_path / "tiny.yaml"
    file.write_text(f"{head}guardrails:\n- {{name: old, detector: Toxicity}}\n")
    source = Folder(tmp_path, routes, Shelf())
    source.look()
    for part in ("", head, f"{head}guardrails:\n- {{name: new, detector: Toxicity}}\n"):
        assert rails() == ["old"], "half a file may be a route without its guard rails"
        file.write_text(part)
        source.look()
    source.look()
    assert rails() == ["new"]


def test_of_two_files_for_a_model_the_first_counts(tmp_path: Path, routes: Routes) -> None:
    (tmp_path / "a.json").write_text(json.dumps(plain(task="Embedding")))
    (tmp_path / "b.json").write_text(json.dumps(plain(task="Chat")))
    assert Folder(tmp_path, routes, Shelf()).look() == ["b.json: support/tiny is in a.json already, which counts"]
    live = routes.table.find(Place("support", "tiny"))
    assert live is not None
    assert live.route.task == "Embedding"


def test_a_mounted_secret_is_followed_over_its_link(tmp_path: Path, routes: Routes) -> None:
    for version, name in (("v1", "a"), ("v2", "b")):
        (tmp_path / "mount" / version).mkdir(parents=True)
        (tmp_path / "mount" / version / "route.json").write_text(json.dumps(plain(name)))
    link = tmp_path / "mount" / "data"
    link.symlink_to("v1")
    (tmp_path / "mount" / "route.json").symlink_to("data/route.json")
    source = Folder(tmp_path / "mount", routes, Shelf())
    source.look()
    (tmp_path / "mount" / "new").symlink_to("v2")
    os.replace(tmp_path / "mount" / "new", link)  # noqa: PTH105 - as the kubelet does it
    source.look()
    source.look()
    assert models(routes) == {"support/b"}


async def test_a_change_is_in_force_soon_and_what_was_learnt_stays(
    tmp_path: Path, routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.01)
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(plain()))
    source = Folder(tmp_path, routes, Shelf())
    source.look()
    before = routes.table.find(Place("support", "tiny"))
    assert before is not None
    before.pools[0].targets[0].address.outstanding = 3
    following = asyncio.create_task(source.follow())
    changed = asyncio.create_task(routes.changed())
    await asyncio.sleep(0)
    file.write_text(json.dumps(plain(balancing="PrefixAffinity")))
    await asyncio.wait_for(changed, 5)
    after = routes.table.find(Place("support", "tiny"))
    assert after is not None
    assert after is not before
    assert after.pools[0].targets[0].address.outstanding == 3
    following.cancel()


async def test_a_folder_that_goes_away_keeps_its_routes(
    tmp_path: Path, routes: Routes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.01)
    folder = tmp_path / "routes"
    folder.mkdir()
    (folder / "tiny.json").write_text(json.dumps(plain()))
    source = Folder(folder, routes, Shelf())
    source.look()
    folder.rename(tmp_path / "elsewhere")
    following = asyncio.create_task(source.follow())
    await asyncio.sleep(0.1)
    assert "the routes before stay in force" in caplog.text
    assert models(routes) == {"support/tiny"}
    following.cancel()
