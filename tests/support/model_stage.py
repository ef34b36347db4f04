"""A model of a test's own on a real control plane: its pods are played by hand, as there is no kubelet."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fmops_api import API_VERSION
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.progress import wait_until
from tests.support.api import MERGE, Api, path_of
from tests.support.operator_process import Operator
from tests.support.outside import Outside

KINDS = {
    "Deployment": "apps/v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
}
"""The children of a model, with their API versions."""
_VERSIONS = {**KINDS, "FoundationModel": API_VERSION}
_STRATEGIC = "application/strategic-merge-patch+json"


@dataclass(frozen=True)
class Theatre:
    """What the tests of models share: real API server, controllers and scheduler, one operator, an outside world."""

    cluster: ControlPlane
    api: Api
    operator: Operator
    outside: Outside
    user: str
    """The operator's name in the audit log."""


@dataclass(frozen=True)
class Stage:
    """One model."""

    theatre: Theatre
    namespace: str
    name: str

    @property
    def url(self) -> str:
        """Where the model's Service answers."""
        return f"http://{self.name}.{self.namespace}.svc:8000/v1"

    @property
    def claim(self) -> str:
        """Name of the claim that holds its weights."""
        return f"{self.name}-weights"

    def path(self, kind: str, name: str = "") -> str:
        """Give the URL path of an object; the model's own name when none is given."""
        return path_of(_VERSIONS.get(kind, "v1"), kind, self.namespace, name or self.name)

    def make(self, kind: str, name: str, **content: Any) -> None:
        """Make an object as a person would."""
        manifest = {"apiVersion": _VERSIONS.get(kind, "v1"), "kind": kind, "metadata": {"name": name}, **content}
        self.theatre.api.apply(manifest, self.namespace)

    def make_claim(self) -> None:
        """Make the claim, with a volume that no test looks into."""
        volume = f"{self.namespace}-{self.claim}"
        common = {"accessModes": ["ReadOnlyMany"], "storageClassName": ""}
        place = {"hostPath": {"path": "/nowhere"}, "capacity": {"storage": "1Gi"}}
        self.theatre.api.request(
            "POST",
            "/api/v1/persistentvolumes",
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume}, "spec": {**common, **place}},
        )
        claim = {**common, "volumeName": volume, "resources": {"requests": {"storage": "1Gi"}}}
        self.make("PersistentVolumeClaim", self.claim, spec=claim)

    def apply(self, **spec: Any) -> None:
        """Apply a chat model with weights in its claim; `spec` adds and replaces fields."""
        source = {"persistentVolumeClaim": {"claimName": self.claim, "path": "small"}}
        self.make("FoundationModel", self.name, spec={"task": "Chat", "source": source, **spec})

    def get(self, kind: str) -> dict[str, Any]:
        """Read the child of a kind, or the model."""
        return self.theatre.api.request("GET", self.path(kind))

    def status(self) -> dict[str, Any]:
        """Read the model's status."""
        found: dict[str, Any] = self.get("FoundationModel").get("status", {})
        return found

    def conditions(self) -> dict[str, dict[str, Any]]:
        """Give its conditions by their type."""
        return {each["type"]: each for each in self.status().get("conditions", [])}

    def wait_for(self, kind: str, status: str, reason: str, words: str = "") -> dict[str, Any]:
        """Wait for a condition whose message has these words; fails with all conditions when it does not come."""

        def there() -> bool:
            found = self.conditions().get(kind, {})
            return (found.get("status"), found.get("reason")) == (status, reason) and words in found["message"]

        try:
            wait_until(f"{kind} {status} {reason} {words!r} of {self.name}", there, seconds=120)
        except ClusterError as error:
            shown = json.dumps(self.conditions(), indent=1)
            raise AssertionError(f"{error}\n{shown}\n{self.theatre.operator.process.last_lines()}") from error
        return self.conditions()[kind]

    def pods(self) -> list[dict[str, Any]]:
        """List its pods that are not leaving."""
        path = path_of("v1", "Pod", self.namespace)
        return self.theatre.api.items(path, f"fmops.dev/foundationmodel={self.name}")

    def pod(self) -> str:
        """Wait for a pod on a node, and name it."""

        def placed() -> list[str]:
            return [each["metadata"]["name"] for each in self.pods() if each["spec"].get("nodeName")]

        wait_until(f"a pod of {self.name} on a node", lambda: bool(placed()), seconds=120)
        return placed()[0]

    def play(self, pod: str, status: Mapping[str, Any]) -> None:
        """Write a pod's status as its kubelet would."""
        path = self.path("Pod", pod) + "/status"
        self.theatre.api.request("PATCH", path, {"status": dict(status)}, _STRATEGIC)

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

    def delete(self, kind: str, name: str = "") -> None:
        """Delete an object; a pod at once."""
        options = {"gracePeriodSeconds": 0} if kind == "Pod" else {}
        self.theatre.api.request("DELETE", self.path(kind, name), options)

    def scale(self, kind: str, replicas: int) -> None:
        """Set a count through the scale subresource."""
        path = f"{self.path(kind)}/scale?fieldManager=scaler"
        self.theatre.api.request("PATCH", path, {"spec": {"replicas": replicas}}, MERGE)

    def children(self) -> dict[str, dict[str, Any]]:
        """Give what the operator made for the model, by kind; pods and ReplicaSets left out."""
        found = {kind: self.theatre.api.find(self.path(kind)) for kind in KINDS}
        return {kind: child for kind, child in found.items() if child is not None}

    def wait_for_children(self) -> None:
        """Wait until every child is there, and the status of that pass is written."""
        wait_until(f"the children of {self.name}", lambda: len(self.children()) == len(KINDS), seconds=120)
        wait_until("the first status", lambda: "Ready" in self.conditions(), seconds=120)

    def look_again(self) -> None:
        """Change what no child depends on, and wait until the operator has looked at the model for it."""
        note = {"spec": {"card": {"skills": {"notes": uuid.uuid4().hex}}}}
        changed = self.theatre.api.merge(self.path("FoundationModel"), note)

        def seen() -> bool:
            return bool(self.status().get("observedGeneration", -1) >= changed["metadata"]["generation"])

        wait_until(f"another look at {self.name}", seen, seconds=120)
