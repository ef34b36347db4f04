"""What the tests of evaluation share."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving.evaluate.laptop import resource, run_spec, write
from tests.serving.evaluate.plans import catalog_spec

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
