"""One operator in one namespace for all tests of evaluation; each test has a run and a catalogue of its own there."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.operator.evaluation_bench import Bench, Stage, answer
from tests.support.api import Api
from tests.support.control_plane import new_namespace
from tests.support.openai_server import OpenAIServer, openai_server
from tests.support.operator_process import Operator, Setup

Settings = dict[str, str | int | float]


@pytest.fixture(scope="session")
def server() -> Iterator[OpenAIServer]:
    """A model endpoint that always answers."""
    with openai_server(answer) as running:
        yield running


@pytest.fixture(scope="session")
def stage(crds_installed: ControlPlane, shared: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The operator and its namespace."""
    folder = tmp_path_factory.mktemp("evaluations")
    namespace = new_namespace(crds_installed, "evaluations")
    user, api = f"operator-{namespace}", shared.enter_context(closing(Api(crds_installed)))
    # Every pod that is made here is held against the strictest standard.
    restricted = {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    api.merge(f"/api/v1/namespaces/{namespace}", {"metadata": restricted})
    kubeconfig = crds_installed.kubeconfig_for(user, ["system:masters"])
    scope: Settings = {"namespaces": namespace, "lease_namespace": namespace, "probe_interval_seconds": 2}
    operator = shared.enter_context(Operator(Setup(kubeconfig, folder, settings=scope, warm=False)))
    return Stage(api, namespace, operator, user)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers that no other test has."""
    return itertools.count(1)


@pytest.fixture
def bench(stage: Stage, numbers: Iterator[int], server: OpenAIServer) -> Bench:
    """A run and a catalogue to declare, and a model `small` that serves."""
    number = next(numbers)
    made = Bench(stage.api, stage.namespace, f"run-{number}", f"tickets-{number}")
    made.apply_model("small", server.url)
    made.apply_catalog()
    return made
