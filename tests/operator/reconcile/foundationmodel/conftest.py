"""A control plane whose node kwok plays, an operator on it, and an outside world, shared by the tests of models."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kwok import fake_node, start_kwok
from tests.support.api import Api
from tests.support.control_plane import crd_files, install_crds, namespace_in, new_namespace
from tests.support.model_stage import Stage, Theatre
from tests.support.monitoring import rules_crd
from tests.support.operator_process import Operator, Setup
from tests.support.outside import play_outside

USER = "model-operator"
HUB = "http://hub.example"
PROMETHEUS = "http://prometheus.example"


@pytest.fixture(scope="session")
def theatre(shared: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """A cluster of these tests' own: one node without accelerators, and no kubelet, so that tests play the pods."""
    folder = tmp_path_factory.mktemp("theatre")
    settings: dict[str, str | int | float] = {
        "lease_namespace": "default",
        "hub_url": HUB,
        "prometheus_url": PROMETHEUS,
        "probe_interval_seconds": 2,
        "probe_timeout_seconds": 10,
    }
    outside = shared.enter_context(play_outside())
    cluster = shared.enter_context(ControlPlane(folder / "cluster"))
    install_crds(cluster.kubectl, [*crd_files(), rules_crd(folder)])
    cluster.restart_controllers()
    start_kwok(cluster, stages=())
    cluster.kubectl.apply(fake_node("played"))
    kubeconfig = cluster.kubeconfig_for(USER, ["system:masters"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("http_proxy", outside.proxy)
        operator = Operator(Setup(kubeconfig, folder, USER, settings=settings, warm=False))
    shared.enter_context(operator)
    return Theatre(cluster, shared.enter_context(closing(Api(cluster))), operator, outside, USER)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers that no other test has."""
    return itertools.count(1)


@pytest.fixture(scope="session")
def shared_namespace(theatre: Theatre) -> str:
    """The namespace of all tests that need none of their own."""
    return new_namespace(theatre.cluster, "models")


@pytest.fixture
def stage(theatre: Theatre, shared_namespace: str, numbers: Iterator[int]) -> Stage:
    """A model of the test's own, not applied yet."""
    return Stage(theatre, shared_namespace, f"small-{next(numbers)}")


@pytest.fixture
def lonely_stage(theatre: Theatre, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The same in a namespace of its own."""
    with namespace_in(theatre.cluster, request.node.name) as namespace:
        yield Stage(theatre, namespace, "small")
