"""Catalogues from the folder of routes."""

from pathlib import Path

import pytest
import yaml

from fmops_serving.gateway.place import Place
from fmops_serving.gateway.prompts.shelf import Shelf, Title
from fmops_serving.gateway.routes.folder import Folder
from fmops_serving.gateway.routes.routes import Routes
from fmops_serving.gateway.upstream.patience import Patience
from tests.serving.gateway.prompts.catalogs import MANIFEST, template

DESK = Title("support", "desk")
ROUTE = {"namespace": "support", "name": "tiny", "backends": [{"urls": ["http://a/v1"], "model": "m"}]}


class Looking:
    """A folder with a route and a catalogue in one file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "all.yaml"
        self.routes, self.shelf = Routes(Patience(), lambda _place: lambda _check: None), Shelf()
        self._folder = Folder(folder, self.routes, self.shelf)

    def write(self, *documents: object) -> list[str]:
        """Replace the file, and look until it rests; gives what is wrong with it."""
        self.path.unlink(missing_ok=True)
        self.path.write_text(yaml.safe_dump_all(documents))
        return [*self._folder.look(), *self._folder.look()]

    def templates(self) -> list[str]:
        catalog = self.shelf.find(DESK)
        return [each.name for each in catalog.templates] if catalog else []


@pytest.fixture
async def looking(tmp_path: Path) -> Looking:
    return Looking(tmp_path)


async def test_a_manifest_is_a_catalogue_beside_the_routes(looking: Looking) -> None:
    assert looking.write(ROUTE, MANIFEST, {"kind": "EvaluationRun", "spec": {}}) == []
    assert looking.templates() == ["summarise", "summarise", "topic", "reply"]
    assert looking.routes.table.find(Place("support", "tiny")) is not None
    changed = {**MANIFEST, "spec": {"templates": [template("new", "hello")]}}
    assert looking.write(changed) == []
    assert looking.templates() == ["new"]
    assert looking.routes.table.find(Place("support", "tiny")) is None


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({**MANIFEST, "spec": {"templates": [template("t", "{{ x }}")]}}, "spec.templates[t@1].messages[0].content"),
        ({**MANIFEST, "spec": {"templates": [{"name": "t"}]}}, "spec.templates[0].version: is required and missing"),
        ({**MANIFEST, "metadata": {}}, "metadata.name: is required and missing"),
    ],
)
async def test_a_broken_one_leaves_the_one_before_in_force(looking: Looking, manifest: object, words: str) -> None:
    looking.write(MANIFEST)
    (told,) = looking.write(manifest)
    assert told.startswith("all.yaml: ")
    assert words in told
    assert told.endswith("what it held before stays in force")
    assert "topic" in looking.templates()
