"""The node is a real one: pods run, are reached, are confined, and leave what they should and nothing else."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.errors import KubectlError
from tests.cluster.images import build_images
from tests.cluster.kubectl import Kubectl
from tests.cluster.node_init import MANIFESTS
from tests.cluster.nodes import RealNode
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.cluster.restricted_pod import restricted_pod
from tests.cluster.storage import scratch_volume, storage_class
from tests.support.control_plane import own_namespace

# The first test may build an image and import it.
pytestmark = [pytest.mark.node, pytest.mark.timeout(1500)]
GREETING = "hello from a pod"
ASK_THE_API = """
import ssl, urllib.request
secrets = "/var/run/secrets/kubernetes.io/serviceaccount/"
headers = {"Authorization": "Bearer " + open(secrets + "token").read()}
request = urllib.request.Request("https://kubernetes.default.svc/version", headers=headers)
trust = ssl.create_default_context(cafile=secrets + "ca.crt")
print(urllib.request.urlopen(request, context=trust, timeout=20).read().decode())
"""

# Eight processes that take what they are given of the processor, as an engine at work does.
BUSY = """
import os
for _ in range(3):
    os.fork()
while True:
    pass
"""
# Names that nothing keeps: each goes to the name server, whose answer is that it is not there. Programs give it five
# seconds twice; here it has one second once, ten times what it takes.
ASK_FOR_NAMES = """
import os, socket
os.environ["RES_OPTIONS"] = "timeout:1 attempts:1"
for number in range(60):
    try:
        socket.getaddrinfo(f"absent-{number}.default.svc.cluster.local.", 80)
    except socket.gaierror as error:
        if error.errno != socket.EAI_NONAME:
            raise
print("all answered")
"""


@dataclass(frozen=True)
class Trial:
    """The workloads of manifests/workloads.yaml, running in a namespace."""

    cluster: Kubectl
    namespace: str
    results: Path
    image: str

    def kubectl(self, *arguments: str) -> str:
        return self.cluster(*arguments, "-n", self.namespace)

    def in_web(self, *command: str) -> str:
        return self.cluster("exec", "-n", self.namespace, "deploy/web", "--", *command)

    def in_client(self, code: str) -> str:
        """What Python code prints in the pod `client`."""
        return self.cluster("exec", "-n", self.namespace, "client", "--", "python3", "-c", code).strip()

    def fetch(self, url: str) -> str:
        """What a pod gets at a URL."""
        return self.in_client(f"import urllib.request as u; print(u.urlopen('{url}', timeout=20).read().decode())")

    def fetches(self, url: str) -> bool:
        """Whether a pod gets the greeting. A Service answers shortly after its pods are ready."""
        return self.fetch(url) == GREETING

    def fetch_from_outside(self, url: str) -> str:
        """What a program in the node's network gets at a URL; empty when nothing answers."""
        command = [*self.cluster.prefix, "curl", "-sSm", "20", url]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture(scope="module")
def trial(node: RealNode) -> Iterator[Trial]:
    image = build_images(["serving"])["serving"]
    node.import_images([image.archive])
    kubectl = node.connect()
    with own_namespace(kubectl, "trial") as namespace:
        results = node.folder / "volumes" / namespace
        kubectl.apply(storage_class(), scratch_volume(namespace, results))
        workloads = (MANIFESTS / "workloads.yaml").read_text().replace("IMAGE", image.reference)
        kubectl("apply", "-n", namespace, "-f", "-", stdin=workloads)
        running = Trial(kubectl, namespace, results, image.reference)
        kubectl("rollout", "status", "deployment/web", "-n", namespace, "--timeout=280s", timeout=300)
        running.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=100s")
        wait_until("the Service", lambda: running.fetches("http://web/"))
        yield running
    kubectl("delete", "persistentvolume", namespace, "--wait=false")


@pytest.mark.parametrize("host", ["web", "web.{namespace}.svc", "web.{namespace}.svc.cluster.local"])
def test_a_pod_reaches_a_service_by_its_name(trial: Trial, host: str) -> None:
    assert trial.fetch(f"http://{host.format(namespace=trial.namespace)}/") == GREETING


def test_names_are_answered_while_a_pod_takes_the_whole_processor(trial: Trial) -> None:
    resources = {"requests": {"cpu": "500m"}}
    container = {"name": "busy", "image": trial.image, "command": ["python3", "-c", BUSY], "resources": resources}
    trial.cluster.apply(restricted_pod({"name": "busy"}, container), namespace=trial.namespace)
    try:
        trial.kubectl("wait", "--for=condition=Ready", "pod/busy", "--timeout=100s")
        assert trial.in_client(ASK_FOR_NAMES) == "all answered"
    finally:
        trial.kubectl("delete", "pod", "busy", "--now")


def test_the_address_of_a_service_works_from_the_nodes_network(trial: Trial) -> None:
    address = trial.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
    assert trial.fetch_from_outside(f"http://{address}/") == GREETING


def test_the_api_answers_a_pod_with_its_service_account(trial: Trial) -> None:
    assert '"gitVersion": "v1.37.2"' in trial.in_client(ASK_THE_API)


def test_a_pod_that_fails_its_readiness_probe_gets_no_traffic(trial: Trial) -> None:
    def running() -> bool:
        return (
            trial.kubectl("get", "pods", "-l", "app=never-ready", "-o", "jsonpath={.items[*].status.phase}")
            == "Running"
        )

    wait_until("the pod to run", running)
    available = "jsonpath={.status.conditions[?(@.type=='Available')].status}"
    assert trial.kubectl("get", "deployment", "never-ready", "-o", available) == "False"


def test_a_restricted_pod_is_confined(trial: Trial) -> None:
    assert trial.in_web("id", "-u").strip() == "10001"
    assert trial.in_web("id", "-g").strip() == "10001"
    status = dict(line.split(":\t", 1) for line in trial.in_web("cat", "/proc/1/status").splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2", "a filter is on"


def test_a_read_only_root_stays_as_it_was(trial: Trial) -> None:
    with pytest.raises(KubectlError, match="Read-only file system"):
        trial.in_web("touch", "/x")


def test_a_job_hands_its_summary_back_and_keeps_its_rows_on_a_volume(trial: Trial) -> None:
    trial.kubectl("wait", "--for=condition=Complete", "job/summary", "--timeout=100s")
    message = "jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}"
    assert trial.kubectl("get", "pods", "-l", "job-name=summary", "-o", message) == '{"score": 0.93}'
    assert (trial.results / "rows").read_text() == "kept\n"


def test_port_forward_brings_a_service_to_loopback(trial: Trial, tmp_path: Path) -> None:
    ports = Ports()
    port = ports.take()
    command = [*trial.cluster.prefix, trial.cluster.program, "port-forward", "-n", trial.namespace]
    forward = Process(
        "port-forward", [*command, "service/web", f"{port}:80"], tmp_path / "log", trial.cluster.environment
    )
    forward.start()
    try:
        wait_until("the forwarder", lambda: trial.fetch_from_outside(f"http://127.0.0.1:{port}/") == GREETING)
    finally:
        forward.stop()
        ports.release()


def test_a_missing_image_is_named_by_the_pod(trial: Trial) -> None:
    trial.kubectl("run", "absent", "--image=localhost/absent:1", "--image-pull-policy=Never", "--restart=Never")
    reason = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"
    wait_until("the reason", lambda: trial.kubectl("get", "pod", "absent", "-o", reason) == "ErrImageNeverPull")
