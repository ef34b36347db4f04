"""Nodes that kwok plays: real scheduling of pods that do not really run."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl
from tests.cluster.kwok import FAILING_PODS, fake_node, start_kwok
from tests.cluster.progress import wait_until
from tests.cluster.samples import deployment, job
from tests.support.control_plane import own_namespace

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """kubectl for a cluster of its own with one fake node of eight GPUs."""
    with ControlPlane(tmp_path_factory.mktemp("kwok")) as cluster:
        start_kwok(cluster, FAILING_PODS)
        cluster.kubectl.apply(fake_node("gpus", {"nvidia.com/gpu": "8"}))
        yield cluster.kubectl


@pytest.fixture
def place(kubectl: Kubectl, request: pytest.FixtureRequest) -> Iterator[str]:
    with own_namespace(kubectl, request.node.name) as name:
        yield name


def phases(kubectl: Kubectl, namespace: str) -> Counter[str]:
    return Counter(pod["status"]["phase"] for pod in kubectl.items("pods", "-n", namespace))


def test_eight_gpus_run_eight_of_nine_pods_that_want_one_each(kubectl: Kubectl, place: str) -> None:
    kubectl.apply(deployment("engines", replicas=9, gpus=1), namespace=place)
    wait_until("eight running", lambda: phases(kubectl, place) == {"Running": 8, "Pending": 1})
    waiting = kubectl.items("pods", "-n", place, "--field-selector=status.phase=Pending")[0]
    assert "Insufficient nvidia.com/gpu" in waiting["status"]["conditions"][0]["message"]
    kubectl("delete", "deployment", "engines", "-n", place)
    wait_until("all to go", lambda: not phases(kubectl, place))


def test_the_pods_of_a_job_complete(kubectl: Kubectl, place: str) -> None:
    kubectl.apply(job("once"), namespace=place)
    kubectl("wait", "--for=condition=Complete", "job/once", "-n", place, "--timeout=100s")


def test_a_pod_marked_to_fail_fails_with_the_given_reason(kubectl: Kubectl, place: str) -> None:
    stage = "pod-container-running-failed.stage.kwok.x-k8s.io"
    failing = deployment("engine")
    failing["spec"]["template"]["metadata"] |= {
        "labels": {"app": "engine", stage: "true"},
        "annotations": {f"{stage}/reason": "OOMKilled", f"{stage}/exit-code": "137"},
    }
    kubectl.apply(failing, namespace=place)

    def reasons() -> set[str]:
        statuses = [s for pod in kubectl.items("pods", "-n", place) for s in pod["status"].get("containerStatuses", [])]
        return {status["state"].get("terminated", {}).get("reason", "") for status in statuses}

    wait_until("an OOMKilled container", lambda: "OOMKilled" in reasons())
