"""A program that runs in the background: started, paused, killed and stopped by its process id and by nothing else."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tests.cluster.errors import ClusterError


@dataclass(frozen=True)
class Running:
    """A process as /proc knows it: a number may be used again, number and start time together are not."""

    name: str
    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return start_time(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if the process is still there."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, patience: float = 15.0) -> None:
        """Ask it to end and wait; after `patience` seconds, kill it. A paused process is woken to hear it."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        deadline = time.monotonic() + patience
        while self.alive:
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
            reap(self.pid)
            time.sleep(0.02)


def start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since the machine did; None when it does not run."""
    try:
        # The second field is the program's name in brackets, which may hold spaces and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def reap(pid: int) -> None:
    """Take the exit status of a child of ours, so that it does not stay behind as a zombie."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


class Child(Protocol):
    """What is asked of a started program: a part of subprocess.Popen."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""

    def send_signal(self, number: signal.Signals, /) -> None:
        """Send a signal if it is still there."""

    def kill(self) -> None:
        """SIGKILL."""


class Process:
    """One background program of this Python process, with a log file, that can be started again after its end.

    Its own session keeps a Ctrl-C at the terminal away from it. Safe to use from any thread, one at a time.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None):
        self.name = name
        self.log = log
        self._command = list(command)
        self.environment = {**os.environ, **(environment or {})}
        self._popen: Child | None = None
        self._running: Running | None = None

    @property
    def running(self) -> Running:
        """The process behind it. Raises ClusterError when it was never started."""
        if self._running is None:
            raise ClusterError(f"{self.name} was not started")
        return self._running

    @property
    def pid(self) -> int:
        """The process id."""
        return self.running.pid

    @property
    def alive(self) -> bool:
        """Whether it runs; a paused one does."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for the signal that ended it; None while it runs or before it ran."""
        return self._popen.poll() if self._popen is not None else None

    def start(self) -> None:
        """Start it, its output appended to the log. Raises ClusterError when the program is not there."""
        if self.alive:
            raise ClusterError(f"{self.name} runs already (process {self.pid})")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.log.open("ab") as log:
                self._popen = self.spawn(log)
        except OSError as error:
            raise ClusterError(f"{self.name} cannot be started: {error}") from error
        self._running = Running(self.name, self._popen.pid, start_time(self._popen.pid) or 0)

    def spawn(self, log: IO[bytes]) -> Child:
        """Start the program itself; raises OSError."""
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=self.environment,
        )

    def stop(self, patience: float = 15.0) -> None:
        """SIGTERM, and SIGKILL after `patience` seconds; nothing when it does not run."""
        if self._popen is None or not self.alive:
            return
        self._popen.send_signal(signal.SIGTERM)
        self._popen.send_signal(signal.SIGCONT)
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: no goodbye, connections are cut."""
        if self._popen is not None and self.alive:
            self._popen.kill()
            self._popen.wait()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self.running.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self.running.signal(signal.SIGCONT)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def memory(pid: int) -> float:
    """The resident memory of a process in MiB; 0 when it does not run."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
