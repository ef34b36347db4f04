"""Fixtures for tests on a real cluster. One control plane per pytest process, stopped at its end."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.nodes import RealNode, choose_node
from tests.support.control_plane import crd_files, install_crds, new_namespace
from tests.support.sharing import Groups, rank


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a cluster, so that `-m "not cluster"` never starts one by accident.

    Tests that wait for minutes come first: at the end they would keep one process at work and the others idle.
    """
    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, marker in (("control_plane", "cluster"), ("node", "node")):
            if fixture in fixtures:
                item.add_marker(marker)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups | None:
    """Spread by groups of files where whole files are asked for."""
    return Groups(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A running control plane that all tests of this process share: leave nothing cluster-wide behind."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane")) as cluster:
        yield cluster


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
