"""Wheels of what is compiled: each built once per set of its sources, and handed to the images that are built here."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.progress import step

KEPT = 3
Build = Callable[[Path, Path], None]
"""Builds, with a folder for what is needed meanwhile, into a folder that is not there yet."""


def sources_key(sources: Iterable[Path]) -> str:
    """The first 12 hex digits of the digest of files that decide what a wheel is; their order is no matter."""
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(f"{source.name}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:12]


def wheel_in(folder: Path, build: Build) -> Path:
    """Give the wheel in a folder that is named by its sources' key; build it where it is not there.

    Two builds at once are one build and one wait. Others that nobody used lately are removed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
                made = Path(scratch) / "made"
                build(Path(scratch), made)
                made.rename(folder)
        os.utime(folder)
        _remove_older(folder.parent)
    return next(folder.glob("*.whl"))


def run_build(what: str, command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> None:
    """Run a compiler, and say so. Raises ClusterError with the end of what it said where it fails."""
    with step(f"building {what}"):
        environment = {**os.environ, **(variables or {})}
        built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        said = (built.stdout + built.stderr).splitlines()
        raise ClusterError(f"building {what} failed:\n" + "\n".join(said[-30:]))


def together(wheels: Iterable[Path], folder: Path) -> Path:
    """Put wheels into an empty folder of their own, for an image."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for wheel in wheels:
        shutil.copy2(wheel, folder)
    return folder


def _remove_older(folder: Path) -> None:
    found = [each for each in folder.iterdir() if re.fullmatch("[0-9a-f]{12}", each.name)]
    for old in sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old)
