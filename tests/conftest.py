"""Fixtures for tests on a real cluster. One control plane per process, ended with the last test that shares it."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.nodes import RealNode, choose_node
from tests.support.control_plane import crd_files, install_crds, new_namespace
from tests.support.sharing import Groups, leaves_groups, rank

_SHARED = pytest.StashKey[ExitStack]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a cluster, so that `-m "not cluster"` never starts one by accident.

    Tests that wait for minutes come first: at the end they would keep one process at work and the others idle.
    """
    items.sort(key=lambda item: rank(_file(item)))
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, marker in (("control_plane", "cluster"), ("node", "node")):
            if fixture in fixtures:
                item.add_marker(marker)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups | None:
    """Spread by groups of files, unless every process shall run everything."""
    return None if config.getoption("dist") == "each" else Groups(config, log)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives to the end: thousands of tests and what they import."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End what a group of files shared after the last test of the group: an idle control plane takes CPU too."""
    yield
    if nextitem is not None and leaves_groups(_file(item), _file(nextitem)):
        item.config.stash.get(_SHARED, ExitStack()).close()


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Iterator[ExitStack]:
    """What ends with the last test of its group, or with the session: the last that was entered first."""
    with ExitStack() as stack:
        pytestconfig.stash[_SHARED] = stack
        yield stack


@pytest.fixture(scope="session")
def control_plane(shared: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> ControlPlane:
    """A running control plane that all tests of this process share: leave nothing cluster-wide behind."""
    return shared.enter_context(ControlPlane(tmp_path_factory.mktemp("control-plane")))


@pytest.fixture(scope="session")
def crds_installed(control_plane: ControlPlane) -> ControlPlane:
    """The shared control plane with this project's CRDs."""
    install_crds(control_plane.kubectl, crd_files())
    control_plane.restart_controllers()
    return control_plane


@pytest.fixture
def namespace(control_plane: ControlPlane, request: pytest.FixtureRequest) -> str:
    """A namespace of the test's own in the shared control plane."""
    return new_namespace(control_plane, request.node.name)


@pytest.fixture(scope="session")
def node() -> Iterator[RealNode]:
    """The machine's real node; one that runs already is used and left running."""
    found = choose_node()
    was_running = bool(found.status())
    found.up()
    yield found
    if not was_running:
        found.down()
