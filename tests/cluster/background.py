"""Clusters that outlive the command which started them: what the command line needs of each kind."""

import shutil
from pathlib import Path
from typing import Protocol

from tests.cluster.build import find_programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import clusters
from tests.cluster.process import memory
from tests.cluster.progress import say, step
from tests.cluster.record import read_record, stop_recorded


class BackgroundCluster(Protocol):
    """A cluster that is started, asked and stopped by separate commands."""

    def up(self) -> None:
        """Start it; nothing to do when it runs. Raises ClusterError when it does not come up."""

    def down(self) -> None:
        """Stop it and everything in it; nothing to do when it does not run."""

    def status(self) -> list[str]:
        """What runs, one line each; empty when nothing does."""

    def connect(self) -> Kubectl:
        """kubectl for it. Raises ClusterError when it does not run."""


class BackgroundControlPlane:
    """A control plane under a name, its state in the cache folder."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._folder = clusters() / name

    def up(self) -> None:
        """Start it, unless it runs."""
        if self._alive():
            say(f"the control plane {self._name!r} runs already")
            return
        self.down()
        with step("starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler"):
            ControlPlane(self._folder, guarded=False).start()

    def down(self) -> None:
        """Stop it and remove its folder."""
        stopped = stop_recorded(self._record)
        if stopped:
            say(f"stopped {', '.join(stopped)}")
        shutil.rmtree(self._folder, ignore_errors=True)

    def status(self) -> list[str]:
        """Memory and process id of each program."""
        running = [process for process in read_record(self._record) if process.alive]
        return [f"{memory(each.pid):6.0f} MiB  process {each.pid}  {each.name}" for each in running]

    def connect(self) -> Kubectl:
        """kubectl for it."""
        if not self._alive():
            raise ClusterError(
                f"the control plane {self._name!r} does not run; start it with `python -m tests.cluster up`"
            )
        return Kubectl(str(find_programs() / "kubectl"), self._folder / "admin.kubeconfig")

    @property
    def _record(self) -> Path:
        return self._folder / "processes.json"

    def _alive(self) -> bool:
        return any(process.alive for process in read_record(self._record))
