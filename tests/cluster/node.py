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
from typing import TextIO

from tests.cluster.build import built_programs
from tests.cluster.containerd import Containerd
from tests.cluster.errors import ClusterError
from tests.cluster.images import build_images
from tests.cluster.kubectl import Kubectl
from tests.cluster.node_cleaning import remove_control_groups, remove_folder
from tests.cluster.node_files import image_store
from tests.cluster.node_lock import name_holder, take_lock
from tests.cluster.node_status import describe_namespace
from tests.cluster.packages import NODE_PACKAGES, install_packages
from tests.cluster.paths import REPOSITORY, clusters
from tests.cluster.process import Running, start_time
from tests.cluster.progress import say, wait_until
from tests.cluster.record import read_record, write_record

UP_SECONDS = 600.0
OWN_IMAGES = ("pause", "coredns")
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
        self._prepared_archives()

    def up(self) -> None:
        """Start it unless it runs with the programs of this checkout."""
        check_machine()
        if self._namespace() and self._programs() == str(built_programs()):
            wait_until("the node that another command is starting", self._is_ready, UP_SECONDS)
            say("the node runs already")
            return
        self._stop()
        with take_lock() as lock:
            archives = self._prepared_archives()
            remove_control_groups()
            remove_folder(self.folder)
            try:
                self._follow(self._spawn(archives, lock))
            except BaseException:
                self._stop()
                raise

    def down(self) -> None:
        """End it, with every pod, and remove its folder; images stay in the store."""
        if self._stop():
            say("stopped the node")
            with take_lock():
                remove_control_groups()
        remove_folder(self.folder)

    def status(self) -> list[str]:
        """Memory and name of every process of the node and its pods."""
        inner = self._namespace()
        return [] if inner is None else describe_namespace(inner)

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

    @property
    def _log(self) -> Path:
        return self.folder / "up.log"

    def _programs(self) -> str:
        return (self.folder / "programs").read_text()

    def _namespace(self) -> int | None:
        """The id, as seen from here, of the node's process 1."""
        for process in read_record(self._record):
            if process.alive:
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                return int(children[0]) if children else None
        return None

    def _prepared_archives(self) -> list[Path]:
        check_machine()
        install_packages(NODE_PACKAGES)
        return [image.archive for image in build_images(OWN_IMAGES).values()]

    def _is_ready(self) -> bool:
        if self._namespace() is None:
            raise ClusterError(f"the node ended while it was starting; see {self._log}")
        return (self.folder / "ready").exists()

    def _stop(self) -> bool:
        """End process 1, and with it all the others; whether there was one."""
        alive = [process for process in read_record(self._record) if process.alive]
        for process in alive:
            if inner := self._namespace():
                Running("process 1", inner, start_time(inner) or 0).stop()
            # If process 1 hangs, the end of its parent kills it (unshare --kill-child).
            process.stop()
        return bool(alive)

    def _spawn(self, archives: Iterable[Path], lock: TextIO) -> "subprocess.Popen[bytes]":
        """Start process 1, which inherits the lock."""
        self.folder.mkdir(parents=True)
        image_store().mkdir(parents=True, exist_ok=True)
        (self.folder / "programs").write_text(str(built_programs()))
        command = [*NAMESPACES, sys.executable, "-m", "tests.cluster.node_init", str(self.folder), *map(str, archives)]
        with self._log.open("wb") as log:
            outer = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        write_record(self._record, [Running("node", outer.pid, start_time(outer.pid) or 0)])
        name_holder(lock, f"process {outer.pid}, {self.folder}")
        return outer

    def _follow(self, outer: "subprocess.Popen[bytes]") -> None:
        """Show what process 1 says until the node is ready. Raises ClusterError when it ends instead."""
        deadline = time.monotonic() + UP_SECONDS
        with self._log.open() as log:
            while not (self.folder / "ready").exists():
                if outer.poll() is not None or time.monotonic() > deadline:
                    last = self._log.read_text().strip().splitlines()[-20:]
                    raise ClusterError("\n".join([f"the node did not come up; the last of {self._log}:", *last]))
                for line in log:
                    say(line.rstrip("\n"))
                time.sleep(0.1)
            for line in log:
                say(line.rstrip("\n"))
        # It is meant to outlive this command: without a status, Popen would warn of it when it is forgotten.
        outer.returncode = 0
