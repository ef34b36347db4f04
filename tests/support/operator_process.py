"""The operator under test: a real process against a real API server."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.progress import wait_until
from tests.support.asking import fetch
from tests.support.warm_process import WarmProcess

REAL = "fmops_operator"
TOY = "tests.operator.toy"


@dataclass(frozen=True)
class Setup:
    """How one operator is started. Settings are FMOPS_ variables without the prefix, in lower case."""

    kubeconfig: Path
    folder: Path
    name: str = "operator"
    program: str = REAL
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    warm: bool = True
    """Forked from a process that has imported the operator; else started as people start it."""


class Operator:
    """One operator process; `with` stops it in the end. Its log is `folder/name.log`."""

    def __init__(self, setup: Setup) -> None:
        self._ports = Ports()
        self.port = self._ports.take()
        self.log = setup.folder / f"{setup.name}.log"
        given = {"log_format": "plain", "http_host": "127.0.0.1", "http_port": self.port, "identity": setup.name}
        variables = {f"FMOPS_{key.upper()}": str(value) for key, value in {**given, **setup.settings}.items()}
        environment = {"KUBECONFIG": str(setup.kubeconfig), **variables}
        command = [sys.executable, "-m", setup.program]
        self.process = (
            WarmProcess(setup.name, setup.program, self.log, environment)
            if setup.warm
            else Process(setup.name, command, self.log, environment)
        )

    def __enter__(self) -> "Operator":
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, without waiting."""
        self.process.start()

    def stop(self) -> None:
        """SIGTERM, and wait for its end."""
        self.process.stop()
        self._ports.release()

    def kill(self) -> None:
        """SIGKILL: no goodbye, the Lease stays taken."""
        self.process.kill()

    def get(self, path: str) -> tuple[int, str]:
        """Ask its HTTP server; gives status and text, 0 when nobody answers."""
        return fetch(f"http://127.0.0.1:{self.port}{path}", 10)

    def wait_ready(self) -> None:
        """Wait until /readyz says ok, as leader or as follower."""
        wait_until(f"{self.process.name} to be ready; its log is {self.log}", self.is_ready, seconds=300)

    def is_ready(self) -> bool:
        """Say whether /readyz says ok. Raises AssertionError when the process has ended."""
        assert self.process.alive, f"{self.process.name} ended:\n{self.process.last_lines()}"
        return self.get("/readyz")[0] == 200

    def leads(self) -> bool:
        """Say whether it is the one replica that works."""
        return self.metric("fmops_leader") == 1.0

    def metric(self, series: str) -> float | None:
        """Give the value of one series, named exactly as /metrics does; None when it is not there."""
        for line in self.get("/metrics")[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return None
