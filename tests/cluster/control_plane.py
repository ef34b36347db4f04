"""A real Kubernetes control plane on loopback: etcd, API server, controller manager, scheduler. No root, no nodes."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cluster.audit import POLICY, AuditEvent, AuditFilter, read_events
from tests.cluster.build import find_programs
from tests.cluster.commands import apiserver_command, controller_manager_command, etcd_command, scheduler_command
from tests.cluster.credentials import admin_context, write_credentials, write_kubeconfig
from tests.cluster.errors import ClusterError
from tests.cluster.guard import dismiss_guard, start_guard
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import Layout
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.cluster.record import stop_recorded, write_record

READY_SECONDS = 180.0
_SPARING = {"GOGC": "400"}
"""Collecting garbage less often spares a quarter of the API server's work, for 200 MiB of memory."""


class ControlPlane:
    """One cluster. `with ControlPlane() as cluster:` starts and stops it; several may run at once.

    Without a folder it gets a temporary one, removed at the end. Blocking: in async code call it by asyncio.to_thread.
    `guarded` stops the programs even when this Python process is killed.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        apiserver_args: Sequence[str] = (),
        guarded: bool = True,
        layout: Layout | None = None,
    ) -> None:
        self._temporary = folder is None and layout is None
        self._ports = Ports()
        self.layout = layout or self._free_layout(folder)
        self._guarded = guarded
        self._guard: subprocess.Popen[bytes] | None = None
        self.etcd = self._process("etcd", etcd_command(self.layout))
        self.apiserver = self._process("kube-apiserver", apiserver_command(self.layout, apiserver_args))
        self.controller_manager = self._process("kube-controller-manager", controller_manager_command(self.layout))
        self.scheduler = self._process("kube-scheduler", scheduler_command(self.layout))
        self._started: list[Process] = []

    @property
    def folder(self) -> Path:
        """Certificates, kubeconfigs, logs, the audit log and etcd's data."""
        return self.layout.folder

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of a cluster administrator."""
        return self.layout.kubeconfig()

    @property
    def kubectl(self) -> Kubectl:
        """kubectl as a cluster administrator: `cluster.kubectl("get", "pods")`."""
        return Kubectl(self.layout.program("kubectl"), self.kubeconfig)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until the API answers. Raises ClusterError, with the log, and leaves nothing."""
        self._write_files()
        if self._guarded:
            self._guard = start_guard(self.layout.record)
        try:
            self.run(self.etcd)
            self.run(self.apiserver)
            self.wait_ready()
            self.run(self.controller_manager)
            self.run(self.scheduler)
            wait_until("the namespace `default`", self._has_default_account, READY_SECONDS)
        except BaseException:
            self.stop()
            raise

    def run(self, process: Process) -> None:
        """Start one more program that belongs to this cluster and ends with it."""
        process.start()
        if process not in self._started:
            self._started.append(process)
        write_record(self.layout.record, [each.running for each in self._started])

    def stop(self) -> None:
        """Stop everything, last started first. The logs stay when the folder was given by the caller."""
        for process in reversed(self._started):
            process.stop()
        self._started.clear()
        stop_recorded(self.layout.record)
        if self._guard is not None:
            dismiss_guard(self._guard)
            self._guard = None
        self._ports.release()
        shutil.rmtree(self.folder if self._temporary else self.folder / "etcd", ignore_errors=True)

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until /readyz says ok. Raises ClusterError with the log when the API server ended instead."""
        wait_until(f"the API server at {self.layout.server}", self._is_ready, seconds)

    def stop_apiserver(self) -> None:
        """Take the API server away as an upgrade does: it refuses what is new, and ends its watches 5 s later."""
        self.apiserver.stop(patience=5)

    def kill_apiserver(self) -> None:
        """Take the API server away without a goodbye: connections are cut, later ones refused."""
        self.apiserver.kill()

    def start_apiserver(self) -> None:
        """Bring it back at the same address, with the same data, and wait until it answers."""
        self.run(self.apiserver)
        self.wait_ready()

    def pause_apiserver(self) -> None:
        """Let the API server hang: connections stay open and nothing is answered, until `resume_apiserver`."""
        self.apiserver.pause()

    def resume_apiserver(self) -> None:
        """Let it go on and wait until it answers."""
        self.apiserver.resume()
        self.wait_ready()

    def restart_controllers(self) -> None:
        """Start the controller manager again: its garbage collector sees kinds that are new only every 30 s."""
        self.controller_manager.stop()
        self.run(self.controller_manager)

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """The kubeconfig of a new user, whom RBAC and the audit log know by this name.

        Group `system:masters` may do everything; without a group the user may do what RBAC says and no more.
        """
        return write_kubeconfig(self.layout, user, groups)

    def audit_events(self, only: AuditFilter | None = None, *, offset: int = 0) -> Iterator[AuditEvent]:
        """The writes so far that pass the filter, oldest first, from byte `offset` of the log on."""
        chosen = only or AuditFilter()
        return (event for event in read_events(self.layout.audit_log, offset) if chosen.keeps(event))

    def audit_offset(self) -> int:
        """The length of the audit log now: what `audit_events(offset=...)` counts from."""
        return self.layout.audit_log.stat().st_size if self.layout.audit_log.exists() else 0

    def lease_holder(self, name: str, namespace: str) -> str:
        """Who holds a Lease; empty when there is none or nobody does."""
        path = "jsonpath={.spec.holderIdentity}"
        return self.kubectl("get", "lease", name, "-n", namespace, "--ignore-not-found", "-o", path)

    def _free_layout(self, folder: Path | None) -> Layout:
        programs = find_programs()
        chosen = folder or Path(tempfile.mkdtemp(prefix="fmops-cluster-"))
        return Layout(chosen, programs, self._ports.take(), self._ports.take(), self._ports.take())

    def _process(self, name: str, command: Sequence[str]) -> Process:
        return Process(name, command, self.layout.logs / f"{name}.log", _SPARING)

    def _write_files(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.layout.audit_policy.write_text(json.dumps(POLICY))
        write_credentials(self.layout)

    def _is_ready(self) -> bool:
        for process in (self.etcd, self.apiserver):
            if not process.alive:
                raise_ended(process)
        context = admin_context(self.layout)
        with urllib.request.urlopen(f"{self.layout.server}/readyz", context=context, timeout=5) as answer:
            return bool(answer.read() == b"ok")

    def _has_default_account(self) -> bool:
        found = self.kubectl("get", "serviceaccount", "default", "-n", "default", "--ignore-not-found", "-o", "name")
        return bool(found.strip())


def raise_ended(process: Process) -> None:
    """Say that a program ended by itself, with the end of its log."""
    raise ClusterError(f"{process.name} ended by itself; the last of {process.log}:\n{process.last_lines()}")
