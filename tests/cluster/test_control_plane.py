"""The control plane is a real one: it validates, collects garbage, authorises and audits."""

import uuid

import pytest

from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import KubectlError
from tests.cluster.progress import wait_until
from tests.cluster.samples import configmap, deployment, ranges_crd

pytestmark = pytest.mark.cluster


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
