"""A Kubernetes with one real node, all of it inside one network, mount and process namespace of this machine.

Nothing leaves the machine, and the end of one process ends every container, mount and rule. For root on Linux.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.build import built_programs
from tests.cluster.containerd import Containerd
from tests.cluster.errors import ClusterError
from tests.cluster.images import build_images
from tests.cluster.kubectl import Kubectl
from tests.cluster.node_cleaning import remove_control_groups, remove_folder
from tests.cluster.node_files import image_store
from tests.cluster.node_lock import name_holder, take_lock
from tests.cluster.packages import NODE_PACKAGES, install_packages
from tests.cluster.paths import REPOSITORY, clusters
from tests.cluster.process import Running, memory, start_time
from tests.cluster.progress import say
from tests.cluster.record import read_record, write_record

UP_SECONDS = 600.0
NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")


def check_machine() -> None:
    """Raise ClusterError where a node cannot run."""
    if platform.system() != "Linux":
        raise ClusterError(f"a node needs Linux, this is {platform.system()}; with a Docker engine and kind it works")
    if os.geteuid() != 0:
        raise ClusterError("a node needs root (or a Docker engine and kind); the control plane without --node does not")


class Node:
    """The one node of this machine; its state is in the cache folder, so any command finds it."""

    def __init__(self) -> None:
        self.folder = clusters() / "node"

    def prepare(self) -> None:
        """Install, build and import nothing twice: packages, programs and the node's own images."""
        check_machine()
        install_packages(NODE_PACKAGES)
        build_images(("pause", "coredns"))

    def up(self) -> None:
        """Start it unless it runs with the programs of this checkout."""
        check_machine()
        if self._namespace() and self._programs() == str(built_programs()):
            say("the node runs already")
            return
        self.prepare()
        self.down()
        archives = [str(image.archive) for image in build_images(("pause", "coredns")).values()]
        with take_lock() as lock:
            remove_control_groups()
            self.folder.mkdir(parents=True)
            image_store().mkdir(parents=True, exist_ok=True)
            outer = self._spawn(archives, lock.fileno())
            name_holder(lock, f"process {outer.pid}, {self.folder}")
        self._follow(outer)

    def down(self) -> None:
        """End it, with every pod, and remove its folder; images stay in the store."""
        for process in read_record(self._record):
            if process.alive:
                # Process 1 ends at SIGTERM; if it hangs, the end of its parent kills it (--kill-child).
                if inner := self._namespace():
                    Running("init", inner, start_time(inner) or 0).stop()
                process.stop()
                say("stopped the node")
        remove_control_groups()
        remove_folder(self.folder)

    def status(self) -> list[str]:
        """Memory and name of every process of the node and its pods."""
        inner = self._namespace()
        if inner is None:
            return []
        here = namespace_of(inner)
        found = [(memory(pid), pid) for pid in process_ids() if namespace_of(pid) == here]
        lines = [f"{used:6.0f} MiB  process {pid}  {command_of(pid)}" for used, pid in sorted(found, reverse=True)]
        return [*lines, f"{sum(used for used, _ in found):6.0f} MiB  in all"]

    def connect(self) -> Kubectl:
        """kubectl inside the node's network."""
        inner = self._namespace()
        if inner is None or not (self.folder / "ready").exists():
            raise ClusterError("the node does not run; start it with `python -m tests.cluster up --node`")
        prefix = ("nsenter", "-t", str(inner), "-n", "--")
        return Kubectl(f"{self._programs()}/kubectl", self.folder / "admin.kubeconfig", prefix)

    def import_images(self, archives: Iterable[Path]) -> None:
        """Import image archives, except those that the store has already."""
        containerd = Containerd(self.folder / "containerd.sock", image_store())
        for archive in archives:
            containerd.import_archive(archive)

    @property
    def _record(self) -> Path:
        return self.folder / "node.json"

    def _programs(self) -> str:
        return (self.folder / "programs").read_text()

    def _namespace(self) -> int | None:
        """The id, as seen from here, of the node's process 1."""
        for process in read_record(self._record):
            if process.alive:
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                return int(children[0]) if children else None
        return None

    def _spawn(self, archives: list[str], lock: int) -> "subprocess.Popen[bytes]":
        (self.folder / "programs").write_text(str(built_programs()))
        command = [*NAMESPACES, sys.executable, "-m", "tests.cluster.node_init", str(self.folder), *archives]
        with (self.folder / "up.log").open("wb") as log:
            outer = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock],
            )
        write_record(self._record, [Running("node", outer.pid, start_time(outer.pid) or 0)])
        return outer

    def _follow(self, outer: "subprocess.Popen[bytes]") -> None:
        """Show what process 1 says until the node is ready. Raises ClusterError, and leaves nothing, when it ends."""
        deadline = time.monotonic() + UP_SECONDS
        with (self.folder / "up.log").open() as log:
            while not (self.folder / "ready").exists():
                for line in log:
                    say(line.rstrip("\n"))
                if outer.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "up.log").read_text().strip().splitlines()[-20:]
                    self.down()
                    raise ClusterError("the node did not come up:\n" + "\n".join(said))
                time.sleep(0.1)
            for line in log:
                say(line.rstrip("\n"))


def process_ids() -> list[int]:
    """Every process of this machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def namespace_of(pid: int) -> str:
    """The process namespace of a process; empty when it has ended."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def command_of(pid: int) -> str:
    """The program of a process and its first argument; empty when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    return " ".join([Path(words[0]).name, *words[1:2]])[:80]
