"""Removes what a node leaves outside its own namespaces: control groups, and mounts if it was started by hand."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.cluster.errors import ClusterError

CONTROL_GROUPS = Path("/sys/fs/cgroup")
NODE_GROUPS = ("kubepods", "k8s.io")


def remove_control_groups() -> None:
    """Remove the groups of pods, deepest first; one that still has processes stays."""
    for hierarchy in (CONTROL_GROUPS, *CONTROL_GROUPS.iterdir()):
        for group in NODE_GROUPS:
            for folder, _, _ in os.walk(hierarchy / group, topdown=False):
                with suppress(OSError):
                    Path(folder).rmdir()


def mounts_below(folder: Path, mountinfo: str) -> list[str]:
    """The mount points at or below a folder, deepest first, from the text of /proc/self/mountinfo."""
    points = [line.split()[4].replace("\\040", " ") for line in mountinfo.splitlines()]
    below = [point for point in points if Path(point).is_relative_to(folder)]
    return sorted(below, key=lambda point: point.count("/"), reverse=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder and nothing that is mounted there.

    Raises ClusterError when something stays mounted: a pod's volume would be emptied with it.
    """
    for point in mounts_below(folder, Path("/proc/self/mountinfo").read_text()):
        if subprocess.run(["umount", point], capture_output=True, check=False).returncode:
            raise ClusterError(f"{point} is still mounted and in use; unmount it, then try again")
    shutil.rmtree(folder, ignore_errors=True)
