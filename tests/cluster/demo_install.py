"""Puts fmops and the quickstart on a running cluster, by the same commands that a user gives."""

import base64
import json
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.build import built_programs
from tests.cluster.demo_gateway import FIELD, SECRET
from tests.cluster.demo_watch import Target, is_rolled_out, wait_for
from tests.cluster.errors import ClusterError
from tests.cluster.images_plan import Image
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import REPOSITORY
from tests.cluster.progress import step
from tests.cluster.storage import CLASS, model_volume, scratch_volume, storage_class

CHART = REPOSITORY / "charts" / "fmops"
QUICKSTART = REPOSITORY / "examples" / "quickstart"
RELEASE = "fmops"
SYSTEM = "fmops-system"
OPERATOR = Target("deployments", RELEASE, SYSTEM)
GATEWAY = Target("deployments", f"{RELEASE}-gateway", SYSTEM)
WEIGHTS_CLAIM = "weights"
EVALUATIONS_CLAIM = "evaluations"


def chart_values(images: Mapping[str, Image], clients: str) -> dict[str, Any]:
    """The chart's values for images that are on the node already; `clients` is the namespace of the demo's client."""
    repository, _, tag = images["operator"].reference.rpartition(":")
    return {
        "image": {"repository": repository, "tag": tag, "pullPolicy": "Never"},
        "runner": {"image": images["serving"].reference},
        "engineImages": {"cpu": images["engine-cpu"].reference},
        "childImagePullPolicy": "Never",
        "gateway": {
            "enabled": True,
            "imagePullPolicy": "Never",
            # The demo's client reads the engine's metrics itself, as a Prometheus would.
            "monitoringNamespace": clients,
            "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        },
    }


def install_chart(kubectl: Kubectl, values: Mapping[str, Any]) -> None:
    """Install or upgrade the release and wait for its pods. Raises ClusterError with what Helm or they said."""
    where = ["--namespace", SYSTEM, "--create-namespace", "--values", "-"]
    command = [*kubectl.prefix, str(built_programs() / "helm"), "upgrade", "--install", RELEASE, str(CHART), *where]
    with step("helm upgrade --install"):
        helm = subprocess.run(
            command,
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=False,
            env=kubectl.environment,
        )
    if helm.returncode:
        raise ClusterError(f"helm upgrade failed: {helm.stderr.strip()}")
    wait_for(kubectl, OPERATOR, is_rolled_out, seconds=300)
    wait_for(kubectl, GATEWAY, is_rolled_out, seconds=300)


@dataclass(frozen=True)
class Volumes:
    """The folders of the node behind the claims of the quickstart."""

    weights: Path
    evaluations: Path

    def manifests(self, namespace: str) -> list[dict[str, Any]]:
        """What an administrator provides: a class, the volumes of both claims, and the claim of the weights."""
        weights = model_volume(f"{namespace}-{WEIGHTS_CLAIM}", self.weights)
        evaluations = scratch_volume(f"{namespace}-{EVALUATIONS_CLAIM}", self.evaluations)
        for volume, name in ((weights, WEIGHTS_CLAIM), (evaluations, EVALUATIONS_CLAIM)):
            volume["spec"]["claimRef"] = {"namespace": namespace, "name": name}
        return [storage_class(), weights, evaluations, claim(WEIGHTS_CLAIM, namespace, "ReadOnlyMany")]


def claim(name: str, namespace: str, mode: str) -> dict[str, Any]:
    """A claim for a volume of a local node."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "accessModes": [mode],
            "storageClassName": CLASS,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def key_secret(namespace: str) -> dict[str, Any]:
    """The key that an application gets for the quickstart's model."""
    metadata = {"name": SECRET, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {FIELD: secrets.token_hex(24)}}


def read_key(kubectl: Kubectl, namespace: str) -> str:
    """Read it back."""
    found = kubectl.json("get", "secret", SECRET, "--namespace", namespace)
    return base64.b64decode(found["data"][FIELD]).decode()


def quickstart_objects() -> list[dict[str, Any]]:
    """The objects of examples/quickstart, in the order of the files' names."""
    files = sorted(QUICKSTART.glob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def apply_quickstart(kubectl: Kubectl, volumes: Volumes, namespace: str) -> None:
    """Provide the volumes and a key that nobody guesses, then apply the quickstart's folder as a user does."""
    kubectl.apply(*volumes.manifests(namespace))
    if not kubectl("get", "secret", SECRET, "--namespace", namespace, "--ignore-not-found", "-o", "name"):
        kubectl.apply(key_secret(namespace))
    kubectl.apply(QUICKSTART, namespace=namespace)
