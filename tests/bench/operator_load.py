"""One operator under load: a thousand objects, a rest, a restart, and what each costs the process."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.operator_profile import sampled
from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.operator.model_samples import model_manifest
from tests.operator.proofs.population import claim

NAMESPACE = "bench"
BATCH = 100
STANDSTILL = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Style:
    """A way to write an operator, as a program."""

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """What a style costs: CPU in seconds, memory in MiB, times in seconds, writes counted by the API server."""

    objects: int
    settled: int
    load_cpu: float
    load_seconds: float
    load_writes: int
    resident: float
    idle_share: float
    restart_cpu: float
    restart_writes: int


@dataclass(frozen=True)
class Scene:
    """A cluster and an operator's user in it."""

    cluster: ControlPlane
    style: Style
    folder: Path

    @contextmanager
    def running(self) -> Iterator[Process]:
        """Run the operator."""
        kubeconfig = self.cluster.kubeconfig_for(self.style.name, ["system:masters"])
        environment = {"KUBECONFIG": str(kubeconfig), **self.style.variables}
        command = [sys.executable, "-m", *self.style.command]
        process = Process(self.style.name, command, self.folder / f"{self.style.name}.log", environment)
        process.start()
        try:
            yield process
        finally:
            process.stop(patience=60)

    def writes(self, offset: int = 0) -> int:
        """Count the operator's writes, but for its Lease, from a place of the audit log on."""
        events = self.cluster.audit_events(AuditFilter(user=self.style.name), offset=offset)
        return sum(each.resource != "leases" for each in events)

    def measure(self, objects: int, rest: float) -> Cost:
        """Load it, let it rest for `rest` seconds, and start it again."""
        with self.running() as process:
            calm(process, quiet=3.0)
            began, cpu = time.monotonic(), cpu_of(process)
            settled, ended = self.load(process, objects)
            seconds = ended - began
            calm(process)
            load_cpu, load_writes = cpu_of(process) - cpu, self.writes()
            began, cpu = time.monotonic(), cpu_of(process)
            time.sleep(rest)
            idle = (cpu_of(process) - cpu) / (time.monotonic() - began)
            resident = resident_of(process)
        offset = self.cluster.audit_offset()
        with self.running() as process:
            calm(process, quiet=10.0)
            restart = cpu_of(process)
        return Cost(objects, settled, load_cpu, seconds, load_writes, resident, idle, restart, self.writes(offset))

    def profile(self, objects: int) -> str:
        """Load it while its stacks are sampled; gives the samples."""
        path = self.folder / f"{self.style.name}.stacks"
        with self.running() as process:
            calm(process, quiet=3.0)
            with sampled(process.pid, path):
                self.load(process, objects)
        return path.read_text()

    def load(self, process: Process, objects: int) -> tuple[int, float]:
        """Make the objects, and wait until the operator has done what there is to do.

        A style that acts on edges can lose one to a race and leave an object behind, so nothing new in STANDSTILL
        seconds ends the wait too. Gives how many objects say what they wait for, and when the last of them did.
        """
        self.declare(objects)
        most, since = 0, time.monotonic()

        def still() -> bool:
            nonlocal most, since
            seen = self.settled(process)
            if seen > most:
                most, since = seen, time.monotonic()
            return seen == objects or (seen > 0 and time.monotonic() - since > STANDSTILL)

        wait_until("every object to say what it waits for", still, seconds=5400)
        return most, since

    def declare(self, objects: int) -> None:
        """Make the objects, as fast as kubectl does."""
        self.cluster.kubectl("create", "namespace", NAMESPACE)
        self.cluster.kubectl.apply(claim(), namespace=NAMESPACE)
        for first in range(0, objects, BATCH):
            batch = [model(number) for number in range(first, min(first + BATCH, objects))]
            self.cluster.kubectl.apply(*batch, namespace=NAMESPACE)

    def settled(self, process: Process) -> int:
        """Count the objects whose status says what their pod waits for: no node is there."""
        assert process.alive, process.last_lines()
        path = "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].reason}{'\\n'}{end}"
        seen = self.cluster.kubectl("get", "foundationmodels", "-n", NAMESPACE, "-o", path).split()
        time.sleep(2)  # a question of a thousand objects costs the machine that is measured
        return seen.count("Unschedulable")


def model(number: int) -> dict[str, Any]:
    """Make one model on own nodes."""
    return {**model_manifest(), "metadata": {"name": f"model-{number:05}"}}


def calm(process: Process, quiet: float = 5.0) -> None:
    """Wait until the process does next to nothing for `quiet` seconds."""
    last, since = -1.0, time.monotonic()

    def still() -> bool:
        nonlocal last, since
        now = cpu_of(process)
        if now - last > 0.1:
            last, since = now, time.monotonic()
        return time.monotonic() - since > quiet

    wait_until("the operator to be done", still, seconds=600)


def cpu_of(process: Process) -> float:
    """Seconds of CPU that the process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_of(process: Process) -> float:
    """Resident memory in MiB."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * _PAGE / 2**20
