"""fmops with its quickstart on the machine's real node, for all tests of this folder."""

from collections.abc import Generator, Iterator

import pytest

from tests.cluster.demo import NAMESPACE, Installed, prepare
from tests.cluster.demo_client import Client
from tests.cluster.demo_clock import Clock
from tests.cluster.demo_diagnosis import diagnose
from tests.cluster.demo_install import SYSTEM, claim
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.nodes import RealNode
from tests.cluster.storage import model_volume
from tests.cluster.weights import TINY, ensure_weights
from tests.support.control_plane import own_namespace
from tests.support.e2e import Place


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the state of the cluster to the report of a test that failed."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    if report.failed and "installed" in arguments:
        place = [arguments["place"].namespace] if "place" in arguments else []
        report.sections.append(("cluster", diagnose(arguments["installed"].kubectl, (*place, NAMESPACE, SYSTEM))))
    return report


@pytest.fixture(scope="session")
def installed(node: RealNode) -> Installed:
    """The node with the chart installed and the quickstart applied, as `make demo` does it."""
    try:
        return prepare(Clock(), node)
    except ClusterError as error:
        raise ClusterError(f"{error}\n{diagnose(node.connect(), (NAMESPACE, SYSTEM))}") from error


@pytest.fixture(scope="session")
def kubectl(installed: Installed) -> Kubectl:
    return installed.kubectl


@pytest.fixture(scope="session")
def client(installed: Installed) -> Client:
    """A pod in the quickstart's namespace that asks."""
    made = Client(installed.kubectl, NAMESPACE)
    made.start(installed.images["serving"].reference)
    return made


@pytest.fixture
def place(installed: Installed, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A namespace of the test's own whose claim `weights` holds the tiny model."""
    kubectl = installed.kubectl
    with own_namespace(kubectl, request.node.name) as namespace:
        volume = model_volume(namespace, ensure_weights(TINY))
        kubectl.apply(volume, claim("weights", namespace, "ReadOnlyMany"))
        yield Place(kubectl, namespace)
    kubectl("delete", "persistentvolume", namespace, "--wait=false")
