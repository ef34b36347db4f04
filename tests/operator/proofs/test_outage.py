"""The API server goes away, hangs, is busy, breaks watches and loses a CRD: the operator recovers by itself."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.control_plane import crd_files, install_crds
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.operator_process import Operator, Setup

AWAY_SECONDS = 30
NAMESPACE = "default"


def declare(cluster: ControlPlane, name: str) -> None:
    manifest: dict[str, Any] = {**catalog_manifest(), "metadata": {"name": name}}
    cluster.kubectl.apply(manifest, namespace=NAMESPACE)


def wait_for(cluster: ControlPlane, name: str) -> None:
    """Wait until a catalogue is Ready and has its bundle."""
    path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    where = ("-n", NAMESPACE)
    wait_until(
        f"{name} to be Ready", lambda: cluster.kubectl("get", "promptcatalog", name, *where, "-o", path) == "True"
    )
    assert cluster.kubectl.items("configmaps", *where, "-l", f"fmops.dev/promptcatalog={name}")


@pytest.fixture
def operator(own_cluster: ControlPlane, tmp_path: Path) -> Iterator[Operator]:
    """An operator of a whole cluster, which has worked."""
    with Operator(Setup(own_cluster.kubeconfig, tmp_path)) as operator:
        declare(own_cluster, "first")
        wait_for(own_cluster, "first")
        yield operator


@pytest.fixture
def proxy(own_cluster: ControlPlane, tmp_path: Path) -> Iterator[FaultyProxy]:
    """A proxy that misbehaves on demand."""
    with FaultyProxy(own_cluster.kubeconfig, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def behind(own_cluster: ControlPlane, proxy: FaultyProxy, tmp_path: Path) -> Iterator[Operator]:
    """An operator behind the proxy, which has worked."""
    with Operator(Setup(proxy.kubeconfig, tmp_path)) as operator:
        declare(own_cluster, "first")
        wait_for(own_cluster, "first")
        yield operator


def test_the_api_server_is_away_for_half_a_minute(own_cluster: ControlPlane, operator: Operator) -> None:
    own_cluster.kill_apiserver()
    time.sleep(AWAY_SECONDS)
    assert operator.get("/healthz")[0] == 200
    own_cluster.start_apiserver()
    declare(own_cluster, "second")
    wait_for(own_cluster, "second")
    assert operator.process.alive, "and all in one process"


def test_the_api_server_hangs_for_half_a_minute(own_cluster: ControlPlane, operator: Operator) -> None:
    own_cluster.pause_apiserver()
    time.sleep(AWAY_SECONDS)
    assert operator.get("/healthz")[0] == 200
    own_cluster.resume_apiserver()
    declare(own_cluster, "second")
    wait_for(own_cluster, "second")
    assert operator.process.alive, "and all in one process"


def test_a_storm_of_429_passes(own_cluster: ControlPlane, behind: Operator, proxy: FaultyProxy) -> None:
    proxy.fault = Fault(lambda _, path: "leases" not in path, 429, {"Retry-After": "1"})
    declare(own_cluster, "second")
    proxy.break_watches(500)
    wait_until("thirty refusals", lambda: proxy.faults >= 30)
    proxy.fault = None
    wait_for(own_cluster, "second")
    assert behind.process.alive


@pytest.mark.parametrize("after", [False, True], ids=["not written", "written, and the answer lost"])
def test_every_write_meets_a_conflict(
    own_cluster: ControlPlane, behind: Operator, proxy: FaultyProxy, *, after: bool
) -> None:
    proxy.fault = Fault(lambda method, path: method == "PATCH" and "leases" not in path, 409, after=after)
    declare(own_cluster, "second")
    wait_until("three conflicts", lambda: proxy.faults >= 3)
    proxy.fault = None
    wait_for(own_cluster, "second")
    assert len(own_cluster.kubectl.items("configmaps", "-n", NAMESPACE, "-l", "fmops.dev/promptcatalog=second")) == 1
    assert behind.process.alive


@pytest.mark.parametrize("code", [410, 500])
def test_every_watch_breaks(own_cluster: ControlPlane, behind: Operator, proxy: FaultyProxy, code: int) -> None:
    for round_number in range(3):
        assert proxy.break_watches(code) > 0
        own_cluster.kubectl("delete", "promptcatalog", "first", "-n", NAMESPACE, "--ignore-not-found")
        declare(own_cluster, f"later-{round_number}")
        wait_for(own_cluster, f"later-{round_number}")
        bundle = ("configmaps", "-n", NAMESPACE, "-l", f"fmops.dev/promptcatalog=later-{round_number}")
        own_cluster.kubectl("delete", *bundle)
        wait_until("the deleted bundle to come back", lambda: bool(own_cluster.kubectl.items(*bundle)))  # noqa: B023
    gone = 'fmops_promptcatalog_ready{name="first",namespace="default"}'
    wait_until("the series of what was deleted meanwhile to go", lambda: behind.metric(gone) is None)
    assert behind.process.alive


def test_a_crd_is_deleted_and_made_again(own_cluster: ControlPlane, operator: Operator) -> None:
    kubectl = own_cluster.kubectl
    kubectl("delete", "crd", "promptcatalogs.fmops.dev")
    gone = 'fmops_promptcatalog_ready{name="first",namespace="default"}'
    wait_until("the series of what went with it to go", lambda: operator.metric(gone) is None)
    install_crds(kubectl, crd_files())
    declare(own_cluster, "second")
    wait_for(own_cluster, "second")
    assert operator.process.alive


def test_without_its_crds_it_waits_and_says_for_what(tmp_path: Path) -> None:
    with ControlPlane(tmp_path / "cluster") as cluster:
        operator = Operator(Setup(cluster.kubeconfig, tmp_path))
        operator.start()
        try:
            said = "the API server has no FoundationModel of fmops.dev/v1alpha1: is its CRD installed?\n"
            wait_until("it to say what is missing", lambda: operator.get("/readyz") == (503, said))
            install_crds(cluster.kubectl, crd_files())
            declare(cluster, "first")
            wait_for(cluster, "first")
        finally:
            operator.stop()


def test_a_namespace_can_be_deleted_while_the_operator_is_away(own_cluster: ControlPlane, operator: Operator) -> None:
    operator.stop()
    for kind in ("promptcatalogs", "configmaps"):
        objects = own_cluster.kubectl.items(kind, "-n", NAMESPACE)
        assert not any(each["metadata"].get("finalizers") for each in objects)
    own_cluster.kubectl("create", "namespace", "leaving")
    own_cluster.kubectl.apply({**catalog_manifest(), "metadata": {"name": "first"}}, namespace="leaving")
    with Operator(Setup(own_cluster.kubeconfig, operator.log.parent, "again")):
        path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        get = ("get", "promptcatalog", "first", "-n", "leaving", "-o", path)
        wait_until("the catalogue to be looked after", lambda: own_cluster.kubectl(*get) == "True")
    own_cluster.kubectl("delete", "namespace", "leaving", "--timeout=120s")
