"""Control planes come and go without a trace, keep to themselves, and survive the faults that tests put upon them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError, KubectlError
from tests.cluster.paths import REPOSITORY
from tests.cluster.progress import wait_until
from tests.cluster.samples import configmap

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A second control plane, with an argument of its own."""
    folder = tmp_path_factory.mktemp("other")
    with ControlPlane(folder, apiserver_args=["--max-requests-inflight=17"]) as cluster:
        yield cluster


def test_two_at_once_keep_their_objects_apart(control_plane: ControlPlane, other: ControlPlane) -> None:
    other.kubectl("create", "namespace", "only-there")
    assert "only-there" in other.kubectl("get", "namespaces")
    assert "only-there" not in control_plane.kubectl("get", "namespaces")


def test_faults_of_the_api_server_pass_and_the_data_stays(other: ControlPlane) -> None:
    assert "--max-requests-inflight=17" in Path(f"/proc/{other.apiserver.pid}/cmdline").read_text()
    other.kubectl.apply(configmap("kept"), namespace="default")
    other.kill_apiserver()
    with pytest.raises(KubectlError, match="refused"):
        other.kubectl("get", "cm")
    other.start_apiserver()
    assert "kept" in other.kubectl("get", "cm", "-n", "default")
    other.pause_apiserver()
    with pytest.raises(KubectlError, match=r"timeout|deadline|Timeout"):
        other.kubectl("get", "cm", "--request-timeout=1s")
    other.resume_apiserver()
    other.stop_apiserver()
    assert not other.apiserver.alive
    other.start_apiserver()
    assert "kept" in other.kubectl("get", "cm", "-n", "default")


def test_leaves_no_process_and_no_data_behind(tmp_path: Path) -> None:
    with ControlPlane(tmp_path) as cluster:
        programs = (cluster.etcd, cluster.apiserver, cluster.controller_manager, cluster.scheduler)
        assert all(program.alive for program in programs)
    assert not any(program.alive for program in programs)
    assert not (tmp_path / "etcd").exists()
    assert (tmp_path / "audit.log").exists(), "logs stay for whoever looks into a failure"


def test_an_api_server_that_cannot_start_is_a_sentence_with_its_log(tmp_path: Path) -> None:
    cluster = ControlPlane(tmp_path, apiserver_args=["--no-such-flag"])
    with pytest.raises(ClusterError, match=r"kube-apiserver ended by itself(.|\n)*no-such-flag"):
        cluster.start()
    assert not cluster.etcd.alive


def test_programs_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; from tests.cluster.control_plane import ControlPlane\n"
        "c = ControlPlane(pathlib.Path(sys.argv[1])); c.start(); print(c.etcd.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    with owner:
        assert owner.stdout is not None
        etcd = int(owner.stdout.readline())
        owner.kill()
    wait_until("etcd to end", lambda: not Path(f"/proc/{etcd}").exists())
