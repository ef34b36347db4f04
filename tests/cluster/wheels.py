"""Wheels of what is compiled: each built once per set of its sources, and handed to the images that are built here."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.progress import step

KEPT = 3
Build = Callable[[Path, Path], None]
"""Builds, with a folder for what is needed meanwhile, into a folder that is not there yet."""


def sources_key(sources: Mapping[str, Path]) -> str:
    """The first 12 hex digits of the digest of files, by the names that they have in what they decide."""
    digest = hashlib.sha256()
    for name, source in sorted(sources.items()):
        digest.update(f"{name}\0".encode() + hashlib.sha256(source.read_bytes()).digest())
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


def together(wheels: Sequence[Path], folder: Path) -> Path:
    """Give a folder of these wheels, for an image; its name below `folder` says which, and it stays as it is."""

    def copy(_: Path, made: Path) -> None:
        made.mkdir()
        for wheel in wheels:
            shutil.copy2(wheel, made)

    return wheel_in(folder / sources_key({wheel.name: wheel for wheel in wheels}), copy).parent


def _remove_older(folder: Path) -> None:
    found = [each for each in folder.iterdir() if re.fullmatch("[0-9a-f]{12}", each.name)]
    for old in sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old)
