"""One node per machine: two kubelets would share the same control groups."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from tests.cluster.errors import ClusterError

LOCK = Path("/run/lock/fmops-node.lock")


def take_lock() -> TextIO:
    """The machine's node lock, held until every process that inherited the file is gone.

    Raises ClusterError, naming the holder, when a node runs already.
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = LOCK.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "its folder is not known"
        lock.close()
        raise ClusterError(
            f"another node runs on this machine ({holder}), and there can be one at a time; stop it "
            "with `python -m tests.cluster down --node` as its owner"
        ) from None
    return lock


def name_holder(lock: TextIO, holder: str) -> None:
    """Write into the lock who holds it."""
    lock.seek(0)
    lock.truncate()
    lock.write(f"{holder}\n")
    lock.flush()
    os.fsync(lock.fileno())
