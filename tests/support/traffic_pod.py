"""Steady traffic from inside a cluster: tests/support/traffic.py as a program of the client's pod."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.cluster.demo_client import Client
from tests.cluster.progress import wait_until
from tests.support import traffic
from tests.support.traffic import Address, Ask, Tally


class PodTraffic:
    """Clients in a pod that ask until they are told to end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.tally = Tally()

    def expect(self, **expected: Sequence[str]) -> None:
        """Change what is right, by the names of asks."""
        self._tell(expected)

    def until(self, *wanted: str, times: int = 3) -> None:
        """Wait until there were so many more right answers of each sort, such as `chat 200`, or one was wrong."""
        self._tell({})
        goals = {each: self.tally.right[each] + times for each in wanted}

        def reached() -> bool:
            self._tell({})
            return bool(self.tally.wrong) or all(self.tally.right[each] >= goal for each, goal in goals.items())

        wait_until(f"{times} right answers each of {', '.join(wanted)}", reached, traffic.SECONDS)

    def end(self) -> None:
        """Let every client end after its answer."""
        printed, problems = self._process.communicate(timeout=traffic.SECONDS + 30)
        assert self._process.returncode == 0, problems
        self._read(printed.splitlines()[-1])

    def _tell(self, expected: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(expected)}\n")
        self._process.stdin.flush()
        self._read(self._process.stdout.readline())

    def _read(self, line: str) -> None:
        assert line, f"the traffic ended: {self._process.communicate(timeout=30)[1]}"
        told = json.loads(line)
        self.tally = Tally(**{**told, "right": Counter(told["right"])})


@contextmanager
def pod_traffic(client: Client, addresses: Sequence[Address], asks: Sequence[Ask], **load: Any) -> Iterator[PodTraffic]:
    """Ask from the client's pod for as long as the block runs."""
    given = {"addresses": addresses, "asks": [asdict(ask) for ask in asks], "load": load}
    source = Path(traffic.__file__).read_text(encoding="utf-8")
    with client.program(source, json.dumps(given)) as process:
        made = PodTraffic(process)
        yield made
        made.end()
