"""The API server goes away, hangs, and loses a CRD: the operator recovers by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.proofs.place import Place
from tests.support.api import Api
from tests.support.control_plane import crd_files, install_crds, namespace_in
from tests.support.operator_process import Operator

AWAY_SECONDS = 30


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with our CRDs that these tests break and mend."""
    with ControlPlane(tmp_path_factory.mktemp("breakable")) as cluster:
        install_crds(cluster.kubectl, crd_files())
        yield cluster


@pytest.fixture
def place(breakable: ControlPlane) -> Iterator[Place]:
    """A namespace of the test's own there."""
    with namespace_in(breakable, "outage") as namespace, closing(Api(breakable)) as api:
        yield Place(breakable, api, namespace)


@pytest.fixture
def operator(place: Place, tmp_path: Path) -> Iterator[Operator]:
    """An operator of the whole cluster, which has worked."""
    with Operator(place.setup(place.cluster.kubeconfig, tmp_path)) as operator:
        place.declare("first")
        place.wait_for("first")
        yield operator


def test_the_api_server_is_away_for_half_a_minute(place: Place, operator: Operator) -> None:
    place.cluster.kill_apiserver()
    time.sleep(AWAY_SECONDS)
    assert operator.get("/healthz")[0] == 200
    place.cluster.start_apiserver()
    place.declare("second")
    place.wait_for("second")
    assert operator.process.alive, "and all in one process"


def test_the_api_server_hangs_for_half_a_minute(place: Place, operator: Operator) -> None:
    place.cluster.pause_apiserver()
    time.sleep(AWAY_SECONDS)
    assert operator.get("/healthz")[0] == 200
    place.cluster.resume_apiserver()
    place.declare("second")
    place.wait_for("second")
    assert operator.process.alive, "and all in one process"


def test_a_crd_is_deleted_and_made_again(place: Place, operator: Operator) -> None:
    kubectl = place.cluster.kubectl
    kubectl("delete", "crd", "promptcatalogs.fmops.dev")
    wait_until("the series of what went with it to go", lambda: operator.metric(place.series("first")) is None)
    install_crds(kubectl, crd_files())
    place.declare("second")
    place.wait_for("second")
    assert operator.process.alive


def test_without_its_crds_it_waits_and_says_for_what(place: Place, tmp_path: Path) -> None:
    kubectl = place.cluster.kubectl
    kubectl("delete", *(flag for path in crd_files() for flag in ("-f", str(path))))
    operator = Operator(place.setup(place.cluster.kubeconfig, tmp_path))
    operator.start()
    try:
        said = "the API server has no FoundationModel of fmops.dev/v1alpha1: is its CRD installed?\n"
        wait_until("it to say what is missing", lambda: operator.get("/readyz") == (503, said))
        install_crds(kubectl, crd_files())
        place.declare("first")
        place.wait_for("first")
    finally:
        operator.stop()


def test_a_namespace_can_be_deleted_while_the_operator_is_away(place: Place, operator: Operator) -> None:
    operator.stop()
    for kind in ("promptcatalogs", "configmaps"):
        objects = place.cluster.kubectl.items(kind, "-n", place.namespace)
        assert not any(each["metadata"].get("finalizers") for each in objects)
    place.cluster.kubectl("create", "namespace", "leaving")
    leaving = Place(place.cluster, place.api, "leaving")
    leaving.declare("first")
    with Operator(place.setup(place.cluster.kubeconfig, operator.log.parent, "again")):
        leaving.wait_for("first")
    place.cluster.kubectl("delete", "namespace", "leaving", "--timeout=120s")
