"""The control plane is a real one: it validates, collects garbage, authorises, audits, and survives its faults."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError, KubectlError
from tests.cluster.paths import REPOSITORY
from tests.cluster.progress import wait_until
from tests.cluster.samples import deployment, ranges_crd

pytestmark = pytest.mark.cluster


def configmap(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


@pytest.fixture(scope="session")
def ranges(control_plane: ControlPlane) -> str:
    """A kind of our own with two CEL rules; its resource name."""
    control_plane.kubectl.apply(ranges_crd())
    control_plane.kubectl("wait", "--for=condition=Established", "crd/ranges.test.fmops.dev", "--timeout=60s")
    control_plane.restart_controllers()
    return "ranges.test.fmops.dev"


def a_range(low: int, high: int, model: str = "a") -> dict[str, object]:
    return {
        "apiVersion": "test.fmops.dev/v1",
        "kind": "Range",
        "metadata": {"name": "r"},
        "spec": {"min": low, "max": high, "model": model},
    }


def test_says_ready(control_plane: ControlPlane) -> None:
    assert control_plane.kubectl("get", "--raw=/readyz") == "ok"


def test_is_the_release_that_the_sources_name(control_plane: ControlPlane) -> None:
    assert control_plane.kubectl.json("version")["serverVersion"]["gitVersion"] == "v1.37.2"


def test_refuses_what_a_cel_rule_forbids_with_its_sentence(
    control_plane: ControlPlane, namespace: str, ranges: str
) -> None:
    with pytest.raises(KubectlError, match="min must not exceed max"):
        control_plane.kubectl.apply(a_range(5, 1), namespace=namespace)
    assert control_plane.kubectl.items(ranges, "-n", namespace) == []


def test_refuses_a_forbidden_transition_with_its_sentence(
    control_plane: ControlPlane, namespace: str, ranges: str
) -> None:
    control_plane.kubectl.apply(a_range(1, 5), namespace=namespace)
    with pytest.raises(KubectlError, match="model is immutable"):
        control_plane.kubectl.apply(a_range(1, 5, model="b"), namespace=namespace)
    assert control_plane.kubectl.json("get", ranges, "r", "-n", namespace)["spec"]["model"] == "a"


def test_collects_what_a_deleted_object_owned(control_plane: ControlPlane, namespace: str, ranges: str) -> None:
    kubectl = control_plane.kubectl
    kubectl.apply(a_range(1, 5), namespace=namespace)
    uid = kubectl.json("get", ranges, "r", "-n", namespace)["metadata"]["uid"]
    owner = {"apiVersion": "test.fmops.dev/v1", "kind": "Range", "name": "r", "uid": uid}
    owned = configmap("owned") | {"metadata": {"name": "owned", "ownerReferences": [owner]}}
    kubectl.apply(owned, configmap("free"), namespace=namespace)
    kubectl("delete", ranges, "r", "-n", namespace)
    wait_until("the owned ConfigMap to go", lambda: "owned" not in kubectl("get", "cm", "-n", namespace))
    assert "free" in kubectl("get", "cm", "-n", namespace)


def test_controllers_make_the_pods_of_a_deployment_and_the_scheduler_says_why_they_wait(
    control_plane: ControlPlane, namespace: str
) -> None:
    kubectl = control_plane.kubectl
    kubectl.apply(deployment("web", replicas=3), namespace=namespace)

    def reasons() -> list[str]:
        pods = kubectl.items("pods", "-n", namespace)
        return [c["reason"] for pod in pods for c in pod["status"].get("conditions", []) if c.get("reason")]

    wait_until("three unschedulable pods", lambda: reasons() == ["Unschedulable"] * 3)


def test_a_user_may_do_what_rbac_grants_and_no_more(control_plane: ControlPlane, namespace: str) -> None:
    kubectl, user = control_plane.kubectl, f"reader-{uuid.uuid4().hex[:6]}"
    kubectl("create", "role", "reader", "--verb=get,list", "--resource=configmaps", "-n", namespace)
    kubectl("create", "rolebinding", "reader", "--role=reader", f"--user={user}", "-n", namespace)
    as_reader = type(kubectl)(kubectl.program, control_plane.kubeconfig_for(user))
    wait_until("the role to count", lambda: "kube-root-ca" in as_reader("get", "cm", "-n", namespace))
    with pytest.raises(KubectlError, match=f'User "{user}" cannot delete resource "configmaps"'):
        as_reader("delete", "cm", "kube-root-ca.crt", "-n", namespace)


def test_the_audit_log_counts_a_users_writes_and_nothing_else(control_plane: ControlPlane, namespace: str) -> None:
    user = f"writer-{uuid.uuid4().hex[:6]}"
    kubectl = type(control_plane.kubectl)(
        control_plane.kubectl.program, control_plane.kubeconfig_for(user, ["system:masters"])
    )
    begin = control_plane.audit_offset()
    kubectl("create", "configmap", "one", "-n", namespace)
    kubectl("get", "configmap", "one", "-n", namespace)
    kubectl("create", "configmap", "dry", "-n", namespace, "--dry-run=server")
    kubectl("delete", "configmap", "one", "-n", namespace)
    with pytest.raises(KubectlError):
        kubectl("delete", "configmap", "one", "-n", namespace)

    only = AuditFilter(user=user, agent="kubectl/", resource="configmaps", namespace=namespace)
    wait_until("four lines", lambda: len(list(control_plane.audit_events(only, offset=begin))) >= 4)
    events = list(control_plane.audit_events(only, offset=begin))
    assert [(e.verb, e.name, e.code, e.dry_run) for e in events] == [
        ("create", "one", 201, False),
        ("create", "dry", 201, True),
        ("delete", "one", 200, False),
        ("delete", "one", 404, False),
    ]
    assert list(control_plane.audit_events(only, offset=control_plane.audit_offset())) == []


def test_two_at_once_keep_their_objects_apart(control_plane: ControlPlane, tmp_path: Path) -> None:
    with ControlPlane(tmp_path) as other:
        other.kubectl("create", "namespace", "only-there")
        assert "only-there" in other.kubectl("get", "namespaces")
        assert "only-there" not in control_plane.kubectl("get", "namespaces")


def test_faults_of_the_api_server_pass_and_the_data_stays(tmp_path: Path) -> None:
    with ControlPlane(tmp_path, apiserver_args=["--max-requests-inflight=17"]) as cluster:
        assert "--max-requests-inflight=17" in Path(f"/proc/{cluster.apiserver.pid}/cmdline").read_text()
        cluster.kubectl.apply(configmap("kept"), namespace="default")
        cluster.kill_apiserver()
        with pytest.raises(KubectlError, match="refused"):
            cluster.kubectl("get", "cm")
        cluster.start_apiserver()
        assert "kept" in cluster.kubectl("get", "cm", "-n", "default")
        cluster.pause_apiserver()
        with pytest.raises(KubectlError, match=r"timeout|deadline|Timeout"):
            cluster.kubectl("get", "cm", "--request-timeout=1s")
        cluster.resume_apiserver()
        cluster.stop_apiserver()
        assert not cluster.apiserver.alive
        cluster.start_apiserver()
        assert "kept" in cluster.kubectl("get", "cm", "-n", "default")


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
