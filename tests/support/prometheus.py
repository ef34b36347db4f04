"""Prometheus and promtool: those of this machine, else unpacked from Debian's package into the cache."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.cluster.paths import cache

_UNPACKED = cache() / "prometheus"


@functools.cache
def program(name: str) -> str:
    """Give the path of `prometheus` or `promtool`; raises RuntimeError that says what to install."""
    found = shutil.which(name)
    if found:
        return found
    path = _UNPACKED / "usr" / "bin" / name
    if not path.exists():
        _unpack()
    return str(path)


def _unpack() -> None:
    """Download and unpack without installing: no service starts, and it needs no rights."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (["apt-get", "download", "prometheus"], ["sh", "-c", f"dpkg-deb -x *.deb {_UNPACKED}.new"]):
            try:
                run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
            except FileNotFoundError:
                raise RuntimeError("prometheus and promtool are not on the PATH; install them") from None
            if run.returncode:
                raise RuntimeError(f"install prometheus: {command[0]} failed: {run.stderr.strip()[-300:]}")
    try:
        Path(f"{_UNPACKED}.new").rename(_UNPACKED)
    except OSError:
        shutil.rmtree(f"{_UNPACKED}.new", ignore_errors=True)  # another process was first
