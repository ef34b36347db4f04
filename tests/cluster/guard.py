"""Stops a cluster whose owner died without doing so: waits until standard input ends, then stops what is recorded.

`python -m tests.cluster.guard RECORD`, started by ControlPlane with a pipe that only the owner holds.
"""

import subprocess
import sys
from pathlib import Path

from tests.cluster.paths import REPOSITORY
from tests.cluster.record import stop_recorded


def start_guard(record: Path) -> "subprocess.Popen[bytes]":
    """Watch over the processes recorded there for as long as this Python process lives."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cluster.guard", str(record)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=REPOSITORY,
    )


def dismiss_guard(guard: "subprocess.Popen[bytes]") -> None:
    """End the watch; what is still recorded is stopped by the guard on its way out."""
    if guard.stdin is not None:
        guard.stdin.close()
    guard.wait()


if __name__ == "__main__":
    sys.stdin.buffer.read()
    stop_recorded(Path(sys.argv[1]))
