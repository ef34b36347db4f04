"""A Debian base image from Debian's packages, for machines that reach no container registry."""

import os
import shutil
import subprocess
import tarfile
from collections import deque
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.packages import SYSTEM_PATH
from tests.cluster.progress import Step, step

SUITE = "bookworm"
PACKAGES = ("ca-certificates", "libnuma1", "python3", "python3-venv")
IDENTITY = " ".join((SUITE, *PACKAGES))
# What debootstrap takes over from the building machine, or leaves behind.
UNWANTED = (
    "dev",
    "proc",
    "sys",
    "etc/resolv.conf",
    "etc/hostname",
    "var/cache/apt/archives",
    "var/lib/apt/lists",
    "var/log",
)


def make_base_tree(archive: Path) -> None:
    """Write a root file system with Python as a tar file.

    Raises ClusterError with debootstrap's last lines when it fails.
    """
    tree = archive.parent / "tree"
    with step("installing a Debian base with debootstrap (a minute)") as running:
        _debootstrap(tree, running)
        (tree / "etc/apt/sources.list").unlink(missing_ok=True)  # it names the building machine's mirror
        with tarfile.open(archive, "w") as packed:
            packed.add(tree, arcname=".", filter=wanted)
    shutil.rmtree(tree)


def wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """The member itself, or None for what belongs to this machine or is of no use in an image."""
    inside = member.name.removeprefix("./")
    if any(inside.startswith(f"{path}/") or (inside == path and not member.isdir()) for path in UNWANTED):
        return None
    return member


def _debootstrap(tree: Path, running: Step) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(tree), _mirror()]
    last: deque[str] = deque(maxlen=10)
    # Its programs live where only root's PATH goes.
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as made:
        assert made.stdout is not None
        for line in made.stdout:
            last.append(line.rstrip())
            running.detail = line.strip().removeprefix("I: ")
    if made.returncode:
        raise ClusterError("debootstrap could not make a base image:\n" + "\n".join(last))


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses; raises ClusterError when it knows none."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    sites = (line.split() for line in targets.stdout.splitlines())
    found = next((site[1] for site in sites if len(site) == 2 and site[0] == SUITE), None)
    if found is None:
        raise ClusterError(f"apt knows no mirror of Debian {SUITE}: add one to its sources and run apt-get update")
    return found
