"""The API server goes away, hangs, is busy, breaks watches and loses a CRD: the operator recovers by itself."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.control_plane import crd_files, install_crds, own_namespace
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.operator_process import Operator, Setup

AWAY_SECONDS = 30


@dataclass(frozen=True)
class Place:
    """A namespace of a cluster that may be broken."""

    cluster: ControlPlane
    namespace: str

    def declare(self, name: str) -> None:
        """Declare a catalogue."""
        manifest: dict[str, Any] = {**catalog_manifest(), "metadata": {"name": name}}
        self.cluster.kubectl.apply(manifest, namespace=self.namespace)

    def wait_for(self, name: str) -> None:
        """Wait until a catalogue is Ready and has its bundle."""
        path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        get = ("get", "promptcatalog", name, "-n", self.namespace, "-o", path)
        wait_until(f"{name} to be Ready", lambda: self.cluster.kubectl(*get) == "True")
        assert self.bundles(name)

    def bundles(self, catalog: str) -> list[Any]:
        """Give the bundles of a catalogue."""
        found: list[Any] = self.cluster.kubectl.items("configmaps", *self.selection(catalog))
        return found

    def selection(self, catalog: str) -> tuple[str, ...]:
        """Say to kubectl which bundles are meant."""
        return "-n", self.namespace, "-l", f"fmops.dev/promptcatalog={catalog}"

    def series(self, catalog: str) -> str:
        """Name the series of a catalogue."""
        return f'fmops_promptcatalog_ready{{name="{catalog}",namespace="{self.namespace}"}}'

    def setup(self, kubeconfig: Path, folder: Path, name: str = "operator") -> Setup:
        """Say how an operator of the whole cluster is started, with its Lease here."""
        return Setup(kubeconfig, folder, name, settings={"lease_namespace": self.namespace})


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with our CRDs that these tests break and mend."""
    with ControlPlane(tmp_path_factory.mktemp("breakable")) as cluster:
        install_crds(cluster.kubectl, crd_files())
        yield cluster


@pytest.fixture
def place(breakable: ControlPlane) -> Iterator[Place]:
    """A namespace of the test's own there."""
    with own_namespace(breakable.kubectl, "outage") as namespace:
        yield Place(breakable, namespace)


@pytest.fixture
def operator(place: Place, tmp_path: Path) -> Iterator[Operator]:
    """An operator of the whole cluster, which has worked."""
    with Operator(place.setup(place.cluster.kubeconfig, tmp_path)) as operator:
        place.declare("first")
        place.wait_for("first")
        yield operator


@pytest.fixture
def proxy(breakable: ControlPlane, tmp_path: Path) -> Iterator[FaultyProxy]:
    """A proxy that misbehaves on demand."""
    with FaultyProxy(breakable.kubeconfig, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def behind(place: Place, proxy: FaultyProxy, tmp_path: Path) -> Iterator[Operator]:
    """An operator behind the proxy, which has worked."""
    with Operator(place.setup(proxy.kubeconfig, tmp_path)) as operator:
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


def test_a_storm_of_429_passes(place: Place, behind: Operator, proxy: FaultyProxy) -> None:
    proxy.fault = Fault(lambda _, path: "leases" not in path, 429, {"Retry-After": "1"})
    place.declare("second")
    proxy.break_watches(500)
    wait_until("thirty refusals", lambda: proxy.faults >= 30)
    proxy.fault = None
    place.wait_for("second")
    assert behind.process.alive


@pytest.mark.parametrize("after", [False, True], ids=["not written", "written, and the answer lost"])
def test_every_write_meets_a_conflict(place: Place, behind: Operator, proxy: FaultyProxy, *, after: bool) -> None:
    proxy.fault = Fault(lambda method, path: method == "PATCH" and "leases" not in path, 409, after=after)
    place.declare("second")
    wait_until("three conflicts", lambda: proxy.faults >= 3)
    proxy.fault = None
    place.wait_for("second")
    assert len(place.bundles("second")) == 1
    assert behind.process.alive


@pytest.mark.parametrize("code", [410, 500])
def test_every_watch_breaks(place: Place, behind: Operator, proxy: FaultyProxy, code: int) -> None:
    for round_number in range(3):
        assert proxy.break_watches(code) > 0
        place.cluster.kubectl("delete", "promptcatalog", "first", "-n", place.namespace, "--ignore-not-found")
        place.declare(f"later-{round_number}")
        place.wait_for(f"later-{round_number}")
        place.cluster.kubectl("delete", "configmaps", *place.selection(f"later-{round_number}"))
        wait_until("the deleted bundle to come back", lambda: bool(place.bundles(f"later-{round_number}")))  # noqa: B023
    wait_until("the series of what was deleted meanwhile to go", lambda: behind.metric(place.series("first")) is None)
    assert behind.process.alive


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
    place.cluster.kubectl.apply({**catalog_manifest(), "metadata": {"name": "first"}}, namespace="leaving")
    with Operator(place.setup(place.cluster.kubeconfig, operator.log.parent, "again")):
        path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        get = ("get", "promptcatalog", "first", "-n", "leaving", "-o", path)
        wait_until("the catalogue to be looked after", lambda: place.cluster.kubectl(*get) == "True")
    place.cluster.kubectl("delete", "namespace", "leaving", "--timeout=120s")
