"""Nodes and pods played by kwok: GPUs, crowds and failures on a control plane without a real node."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.cluster.build import KWOK_STAGES, built_programs, missing_programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.process import Process

NODE_STAGES = ("node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease")
READY_PODS = tuple(f"pod/fast/{name}" for name in ("pod-ready", "pod-complete", "pod-delete"))
# Pods with label pod-container-running-failed.stage.kwok.x-k8s.io: "true" run and then fail, with the reason,
# message and exit code of annotations pod-container-running-failed.stage.kwok.x-k8s.io/{reason,message,exit-code}.
FAILING_PODS = (*READY_PODS, "pod/chaos/pod-container-running-failed")


def start_kwok(cluster: ControlPlane, stages: Sequence[str] = READY_PODS) -> Process:
    """Play every node of this cluster whose annotation `kwok.x-k8s.io/node` says fake; ends with the cluster.

    `stages` are kwok's own files without `.yaml`: pods get ready, those of Jobs complete, deleted ones go.
    """
    folder = built_programs()
    if missing_programs(folder, ("kwok",)):
        raise ClusterError(f"kwok not built in {folder}; run `python -m tests.cluster build` first")
    command = [str(folder / "kwok"), f"--kubeconfig={cluster.kubeconfig}", "--node-lease-duration-seconds=40"]
    command += ["--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-ip=127.0.0.1"]
    command += [f"--config={folder / KWOK_STAGES / stage}.yaml" for stage in (*NODE_STAGES, *stages)]
    kwok = Process("kwok", command, cluster.layout.logs / "kwok.log")
    cluster.run(kwok)
    return kwok


def fake_node(name: str, resources: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A node for kwok to play: 32 CPUs, 256 GiB, and what else `resources` names, such as {"nvidia.com/gpu": "8"}.

    Label `type: kwok` is for node selectors. Apply it with `cluster.kubectl.apply`.
    """
    capacity = {"cpu": "32", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti", **(resources or {})}
    labels = {"type": "kwok", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "status": {"capacity": capacity, "allocatable": capacity, "phase": "Running"},
    }
