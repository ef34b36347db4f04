"""The layout of the repository: what would break imports in every checkout."""

import pytest

from tests.cluster.paths import REPOSITORY

ROOMS = ("operator", "crds", "serving")


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_stands_directly_in_a_room(room: str) -> None:
    """`operator/__init__.py` would hide Python's own operator; a loose module would become a top-level one."""
    assert [path.name for path in (REPOSITORY / room).glob("*.py")] == []


def test_tests_are_namespace_packages() -> None:
    assert [str(path) for path in (REPOSITORY / "tests").rglob("__init__.py")] == []
