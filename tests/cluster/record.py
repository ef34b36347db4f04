"""The list of a cluster's processes on disk, so that whoever comes later can stop them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tests.cluster.process import Running


def write_record(path: Path, processes: Iterable[Running]) -> None:
    """Write the processes in the order in which they were started."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps([asdict(process) for process in processes], indent=1))
    temporary.rename(path)


def read_record(path: Path) -> list[Running]:
    """The processes written there; none when nothing was."""
    if not path.exists():
        return []
    return [Running(**entry) for entry in json.loads(path.read_text())]


def stop_recorded(path: Path) -> list[str]:
    """Stop what still runs, last started first (an API server without its etcd would not end), and name it."""
    stopped = []
    for process in reversed(read_record(path)):
        if process.alive:
            process.stop()
            stopped.append(process.name)
    path.unlink(missing_ok=True)
    return stopped
