"""A real S3 server over a folder of this machine, on loopback."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.build import OBJECT_STORE, built_programs, missing_programs
from tests.cluster.errors import ClusterError
from tests.cluster.ports import Ports
from tests.cluster.process import Process

BUCKET = "lake"
KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@dataclass(frozen=True)
class ObjectStoreServer:
    """A running server with one bucket."""

    endpoint: str
    folder: Path
    process: Process

    def objects(self, below: str = "") -> dict[str, bytes]:
        """What the bucket holds, by path below a folder, read from the disk behind the server's back."""
        root = self.folder / BUCKET / below
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if _is_object(p)}


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStoreServer]:
    """Start a server whose bucket `lake` is a folder, and stop it at the end."""
    program = built_programs() / OBJECT_STORE
    if missing_programs(program.parent, (OBJECT_STORE,)):
        raise ClusterError(f"{OBJECT_STORE} not built; run `python -m tests.cluster build` first")
    (folder / "data" / BUCKET).mkdir(parents=True)
    ports = Ports()
    port = ports.take()
    keys = {"ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]}
    command = [str(program), "--port", f"127.0.0.1:{port}", "posix", str(folder / "data")]
    process = Process(OBJECT_STORE, command, folder / "server.log", keys)
    try:
        process.start()
        _wait(port, process)
        yield ObjectStoreServer(f"http://127.0.0.1:{port}", folder / "data", process)
    finally:
        process.stop()
        ports.release()


def _is_object(path: Path) -> bool:
    return path.is_file() and ".sgwtmp" not in path.parts


def _wait(port: int, process: Process) -> None:
    until = time.monotonic() + 60
    while process.alive and time.monotonic() < until:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise ClusterError(f"the S3 server does not listen:\n{process.last_lines()}")
