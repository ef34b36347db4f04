"""The same node as a kind cluster, for machines with a Docker engine.

FMOPS_KIND_IMAGE names another node image than kind's own; kind takes it from the engine, or pulls it.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.build import built_programs
from tests.cluster.containerd import archive_images
from tests.cluster.errors import ClusterError
from tests.cluster.images_builder import docker_answers
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import clusters, models
from tests.cluster.progress import say, step

NAME = "fmops"
NODE = f"{NAME}-control-plane"
READY = "180s"


def has_kind() -> bool:
    """Whether a Docker engine and kind can be used."""
    return bool(shutil.which("kind")) and docker_answers()


class KindNode:
    """One kind cluster with the folders of models and volumes mounted where they are on this machine."""

    def __init__(self) -> None:
        self.folder = clusters() / "kind"

    def prepare(self) -> None:
        """Nothing to do: kind brings its own."""

    def up(self) -> None:
        """Create the cluster unless it is there; its kubeconfig is written again where it is lost."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if _exists():
            say("the kind cluster runs already")
            _kind("export", "kubeconfig", "--name", NAME, "--kubeconfig", str(self._kubeconfig))
            return
        models().mkdir(parents=True, exist_ok=True)
        config = self.folder / "kind.json"
        config.write_text(json.dumps(kind_config([models(), self.folder], _control_groups() == "1")))
        image = os.environ.get("FMOPS_KIND_IMAGE")
        where = ["--name", NAME, "--config", str(config), "--kubeconfig", str(self._kubeconfig), "--wait", READY]
        with step("creating a kind cluster"):
            _kind("create", "cluster", *where, *(["--image", image] if image else []))

    def down(self) -> None:
        """Delete the cluster."""
        _kind("delete", "cluster", "--name", NAME, "--kubeconfig", str(self._kubeconfig))
        shutil.rmtree(self.folder, ignore_errors=True)

    def status(self) -> list[str]:
        """The cluster's nodes."""
        return _kind("get", "nodes", "--name", NAME).split()

    def connect(self) -> Kubectl:
        """kubectl for it: the one built with the other programs, else this machine's."""
        if not self._kubeconfig.exists():
            raise ClusterError("the kind cluster does not run; start it with `python -m tests.cluster up --node`")
        built = built_programs() / "kubectl"
        program = str(built) if built.exists() else shutil.which("kubectl")
        if program is None:
            raise ClusterError("kubectl is missing; install it, or build it here with `python -m tests.cluster build`")
        return Kubectl(program, self._kubeconfig)

    def import_images(self, archives: Iterable[Path]) -> None:
        """Load image archives, except those whose images the node has; a name of ours is never given twice."""
        present = set(_docker("exec", NODE, "ctr", "-n", "k8s.io", "images", "list", "-q").split())
        for archive in archives:
            if archive_images(archive).keys() <= present:
                continue
            with step(f"loading {archive.name} ({archive.stat().st_size / 1e6:.0f} MB)"):
                _kind("load", "image-archive", str(archive), "--name", NAME)

    @property
    def _kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"


def kind_config(folders: Iterable[Path], old_control_groups: bool) -> dict[str, object]:
    """A cluster of one node that sees these folders at the same paths.

    From Kubernetes 1.35 on a kubelet starts on control groups of version 1 only when it is told to.
    """
    mounts = [{"hostPath": str(folder), "containerPath": str(folder)} for folder in folders]
    nodes = [{"role": "control-plane", "extraMounts": mounts}]
    cluster: dict[str, object] = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": nodes}
    if old_control_groups:
        cluster["kubeadmConfigPatches"] = [json.dumps({"kind": "KubeletConfiguration", "failCgroupV1": False})]
    return cluster


def _exists() -> bool:
    return NAME in _kind("get", "clusters").split()


def _control_groups() -> str:
    return _docker("info", "--format", "{{.CgroupVersion}}").strip()


def _kind(*arguments: str) -> str:
    return _run("kind", *arguments)


def _docker(*arguments: str) -> str:
    return _run("docker", *arguments)


def _run(*command: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise ClusterError(f"{' '.join(command)} failed: {run.stderr.strip()[-500:]}")
    return run.stdout
