"""The same node as a kind cluster, for machines with a Docker engine.

Its commands and flags are those of kind 0.31. No cluster was made with it yet: the machines that this project is
developed on have no engine.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.images_builder import docker_answers
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import clusters, models
from tests.cluster.progress import say, step

NAME = "fmops"


def has_kind() -> bool:
    """Whether a Docker engine, kind and kubectl can be used."""
    return bool(shutil.which("kind") and shutil.which("kubectl")) and docker_answers()


class KindNode:
    """One kind cluster with the folders of models and volumes mounted where they are on this machine."""

    def __init__(self) -> None:
        self.folder = clusters() / "node"

    def prepare(self) -> None:
        """Nothing to do: kind brings its own."""

    def up(self) -> None:
        """Create the cluster unless it is there."""
        if NAME in _kind("get", "clusters").split():
            say("the kind cluster runs already")
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        models().mkdir(parents=True, exist_ok=True)
        config = self.folder / "kind.json"
        config.write_text(json.dumps(kind_config([models(), self.folder])))
        with step("creating a kind cluster"):
            _kind("create", "cluster", "--name", NAME, "--config", str(config), "--kubeconfig", str(self._kubeconfig))

    def down(self) -> None:
        """Delete the cluster."""
        _kind("delete", "cluster", "--name", NAME)
        shutil.rmtree(self.folder, ignore_errors=True)

    def status(self) -> list[str]:
        """The cluster's nodes."""
        return _kind("get", "nodes", "--name", NAME).split()

    def connect(self) -> Kubectl:
        """kubectl for it."""
        program = shutil.which("kubectl")
        if program is None or not self._kubeconfig.exists():
            raise ClusterError("the kind cluster does not run; start it with `python -m tests.cluster up --node`")
        return Kubectl(program, self._kubeconfig)

    def import_images(self, archives: Iterable[Path]) -> None:
        """Load image archives; kind skips what is there."""
        for archive in archives:
            with step(f"loading {archive.name}"):
                _kind("load", "image-archive", str(archive), "--name", NAME)

    @property
    def _kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"


def kind_config(folders: Iterable[Path]) -> dict[str, object]:
    """A cluster of one node that sees these folders at the same paths."""
    mounts = [{"hostPath": str(folder), "containerPath": str(folder)} for folder in folders]
    nodes = [{"role": "control-plane", "extraMounts": mounts}]
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": nodes}


def _kind(*arguments: str) -> str:
    run = subprocess.run(["kind", *arguments], capture_output=True, text=True, check=False)
    if run.returncode:
        raise ClusterError(f"kind {' '.join(arguments)} failed: {run.stderr.strip()[-500:]}")
    return run.stdout
