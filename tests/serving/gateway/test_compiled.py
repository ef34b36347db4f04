"""The hot modules as machine code: that they are what these tests ran, where `make test-compiled` runs them."""

import os
import tomllib
from importlib import import_module
from importlib.util import find_spec

import pytest

from fmops_serving.gateway import command
from fmops_serving.gateway.command import is_compiled
from tests.cluster.compiled_wheel import hot_modules
from tests.cluster.paths import REPOSITORY

HOT = hot_modules()


def test_every_hot_module_is_there() -> None:
    assert HOT
    assert [each for each in HOT if find_spec(each) is None] == []


def test_they_are_for_the_version_that_they_are_compiled_from() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    setup = (REPOSITORY / "compiled" / "setup.py").read_text()
    assert (f'version="{version}"' in setup, f'"fmops=={version}"' in setup) == (True, True)


@pytest.mark.skipif("FMOPS_COMPILED" not in os.environ, reason="`make test-compiled` runs this")
@pytest.mark.parametrize("module", HOT)
def test_what_is_tested_is_machine_code(module: str) -> None:
    assert is_compiled(import_module(module))


def test_a_source_is_no_machine_code() -> None:
    assert not is_compiled(command)
