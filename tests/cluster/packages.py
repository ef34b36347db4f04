"""The Debian packages that a real node and its images need, installed where they are missing."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.progress import say, step

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Package: a command it brings, or a file.
NODE_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "nftables": "nft",
    "iptables": "iptables",
    "iproute2": "ip",
    "util-linux": "nsenter",
    "openssl": "openssl",
    "debootstrap": "debootstrap",
    "buildah": "buildah",
    "gcc": "cc",
    "libc6-dev": "/usr/include/stdlib.h",
}


def missing_packages(wanted: dict[str, str]) -> list[str]:
    """The packages whose command or file is not on this machine."""
    return [package for package, sign in wanted.items() if not _is_here(sign)]


def install_packages(wanted: dict[str, str]) -> None:
    """Install what is missing with apt.

    Raises ClusterError, naming the command to give, when that needs root, or apt is not this machine's way, or
    apt fails.
    """
    missing = missing_packages(wanted)
    if not missing:
        return
    advice = f"missing: {', '.join(missing)}"
    if not shutil.which("apt-get"):
        raise ClusterError(f"{advice}; this machine has no apt-get, install them by its own means")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise ClusterError(f"{advice}; as root: {' '.join(command)}")
    say(f"missing Debian packages: {', '.join(missing)}")
    with step("apt-get update"):
        _apt(["apt-get", "update", "-q"])
    with step("apt-get install"):
        _apt(command)
    if still := missing_packages(wanted):
        raise ClusterError(f"apt-get installed {', '.join(still)}, but nothing came that can be used")


def _is_here(sign: str) -> bool:
    if sign.startswith("/"):
        return Path(sign).exists()
    return shutil.which(sign, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}") is not None


def _apt(command: Sequence[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: {run.stderr.strip()[-500:]}")
