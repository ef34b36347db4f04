"""A namespace of a real control plane in which models are applied and their pods are played by hand."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import KubectlError
from tests.cluster.progress import wait_until
from tests.support.operator_process import Operator
from tests.support.outside import Outside

WEIGHTS = {"persistentVolumeClaim": {"claimName": "weights", "path": "small"}}


@dataclass(frozen=True)
class Stage:
    """Where one test plays: real API server, controllers, scheduler and operator; no kubelet."""

    cluster: ControlPlane
    operator: Operator
    outside: Outside
    namespace: str
    user: str
    """The operator's name in the audit log."""

    def apply(self, name: str = "small", **spec: Any) -> None:
        """Apply a chat model; `spec` adds and replaces fields."""
        content = {"task": "Chat", "source": WEIGHTS, **spec}
        metadata = {"name": name, "namespace": self.namespace}
        model = {"apiVersion": "fmops.dev/v1alpha1", "kind": "FoundationModel", "metadata": metadata, "spec": content}
        self.cluster.kubectl.apply(model, namespace=self.namespace)

    def make_claim(self, name: str = "weights") -> None:
        """Make a claim with a volume, which no test looks into."""
        volume = f"{self.namespace}-{name}"
        common = {"accessModes": ["ReadOnlyMany"], "storageClassName": ""}
        claim = {**common, "volumeName": volume, "resources": {"requests": {"storage": "1Gi"}}}
        place = {"hostPath": {"path": "/nowhere"}, "capacity": {"storage": "1Gi"}}
        self.cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume}, "spec": {**common, **place}}
        )
        self.cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": claim},
            namespace=self.namespace,
        )

    def get(self, kind: str, name: str = "small") -> dict[str, Any]:
        """Read one object."""
        return self.cluster.kubectl.json("get", kind, name, "-n", self.namespace)

    def status(self, name: str = "small") -> dict[str, Any]:
        """Read a model's status."""
        found: dict[str, Any] = self.get("foundationmodel", name).get("status", {})
        return found

    def conditions(self, name: str = "small") -> dict[str, dict[str, Any]]:
        """Give a model's conditions by their type."""
        return {each["type"]: each for each in self.status(name).get("conditions", [])}

    def wait_for(self, kind: str, status: str, reason: str, name: str = "small") -> dict[str, Any]:
        """Wait for a condition; fails with all conditions when it does not come."""

        def there() -> bool:
            found = self.conditions(name).get(kind, {})
            return (found.get("status"), found.get("reason")) == (status, reason)

        try:
            wait_until(f"{kind} {status} {reason} of {name}", there, seconds=90)
        except Exception as error:
            shown = json.dumps(self.conditions(name), indent=1)
            raise AssertionError(f"{error}\n{shown}\n{self.operator.process.last_lines()}") from error
        return self.conditions(name)[kind]

    def pods(self, name: str = "small") -> list[dict[str, Any]]:
        """List a model's pods that are not leaving."""
        found = self.cluster.kubectl.items("pods", "-n", self.namespace, "-l", f"fmops.dev/foundationmodel={name}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def pod(self, name: str = "small") -> str:
        """Wait for a pod on a node, and name it."""

        def placed() -> list[str]:
            return [each["metadata"]["name"] for each in self.pods(name) if each["spec"].get("nodeName")]

        wait_until(f"a pod of {name} on a node", lambda: bool(placed()), seconds=90)
        return placed()[0]

    def play(self, pod: str, status: Mapping[str, Any]) -> None:
        """Write a pod's status as its kubelet would."""
        patch = json.dumps({"status": status})
        arguments = ("--subresource=status", "--type=strategic", "-p", patch)
        self.cluster.kubectl("patch", "pod", pod, "-n", self.namespace, *arguments)

    def play_container(self, pod: str, state: Mapping[str, Any], name: str = "engine") -> None:
        """Write the state of one container: `state` has state, and lastState where there was one before."""
        field = "containerStatuses" if name == "engine" else "initContainerStatuses"
        status = {"name": name, "image": "engine:1", "imageID": "", "ready": False, "restartCount": 1, **state}
        self.play(pod, {field: [status]})

    def play_ready(self, pod: str) -> None:
        """Let a pod run and be ready."""
        running = {"name": "engine", "image": "engine:1", "imageID": "", "ready": True, "restartCount": 0}
        conditions = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady", "Initialized")]
        containers = [{**running, "state": {"running": {}}}]
        self.play(pod, {"phase": "Running", "conditions": conditions, "containerStatuses": containers})

    def children(self, name: str = "small") -> list[dict[str, Any]]:
        """List what the operator made for a model, pods and ReplicaSets left out."""
        kinds = "deployments,services,serviceaccounts,poddisruptionbudgets,networkpolicies"
        return self.cluster.kubectl.items(kinds, "-n", self.namespace, "-l", f"fmops.dev/foundationmodel={name}")

    def look_again(self, name: str = "small") -> None:
        """Change what no child depends on, and wait until the operator has looked at the model for it."""
        note = json.dumps({"spec": {"card": {"skills": {"notes": uuid.uuid4().hex}}}})
        self.cluster.kubectl("patch", "fm", name, "-n", self.namespace, "--type=merge", "-p", note)
        generation = self.get("foundationmodel", name)["metadata"]["generation"]
        wait_until(
            f"another look at {name}", lambda: self.status(name).get("observedGeneration", -1) >= generation, seconds=90
        )

    def refuses(self, arguments: Sequence[str], stdin: str) -> bool:
        """Say whether the API server refuses what kubectl is told."""
        try:
            self.cluster.kubectl(*arguments, "-n", self.namespace, stdin=stdin)
        except KubectlError:
            return True
        return False
