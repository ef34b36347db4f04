"""What the tests of evaluation share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving.evaluate.lakes import Lake
from tests.serving.evaluate.laptop import resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec
from tests.support.object_store import ObjectStoreServer, object_store

settings.register_profile("evaluate", deadline=None, database=None)
settings.load_profile("evaluate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Manifests of one run on 20 examples."""
    write(
        tmp_path,
        resource("EvaluationRun", "quality", run_spec()),
        resource("PromptCatalog", "support", catalog_spec(20)),
    )
    return tmp_path


@pytest.fixture(scope="session")
def lake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStoreServer]:
    """A real S3 server for all tests of this process."""
    with object_store(tmp_path_factory.mktemp("object-store")) as server:
        yield server


@pytest.fixture
def lake(lake_server: ObjectStoreServer, request: pytest.FixtureRequest) -> Lake:
    """A folder of the test's own there."""
    return Lake(lake_server, request.node.name.replace("[", "-").replace("]", ""))
