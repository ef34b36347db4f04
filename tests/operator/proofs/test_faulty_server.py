"""The API server is busy, refuses what is written, and breaks watches: the operator goes on by itself."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.proofs.place import Place
from tests.support.api import Api
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.operator_process import Operator


@pytest.fixture
def place(crds_installed: ControlPlane, namespace: str) -> Iterator[Place]:
    """The test's namespace."""
    with closing(Api(crds_installed)) as api:
        yield Place(crds_installed, api, namespace)


@pytest.fixture
def proxy(crds_installed: ControlPlane, tmp_path: Path) -> Iterator[FaultyProxy]:
    """A proxy that misbehaves on demand."""
    with FaultyProxy(crds_installed.kubeconfig, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def behind(place: Place, proxy: FaultyProxy, tmp_path: Path) -> Iterator[Operator]:
    """An operator of the namespace behind the proxy, which has worked."""
    with Operator(place.setup(proxy.kubeconfig, tmp_path, namespaces=place.namespace)) as operator:
        place.declare("first")
        place.wait_for("first")
        yield operator


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
        if place.api.find(place.path("first")):
            place.api.request("DELETE", place.path("first"))
        place.declare(f"later-{round_number}")
        place.wait_for(f"later-{round_number}")
        place.delete_bundles(f"later-{round_number}")
        wait_until("the deleted bundle to come back", lambda: bool(place.bundles(f"later-{round_number}")))  # noqa: B023
    wait_until("the series of what was deleted meanwhile to go", lambda: behind.metric(place.series("first")) is None)
    assert behind.process.alive
