"""Builds the native part as a wheel, once per set of its sources: `python -m tests.cluster.native_wheel`.

Installs it into the environment that runs this. Without a Rust compiler nothing is installed and nothing fails: the
guard works without it, at several times the cost, and the tests that are about it are skipped.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import REPOSITORY, cache
from tests.cluster.progress import say, step

SOURCES = REPOSITORY / "native"
MISSING = (
    "no Rust compiler: the native part is left out, and all works without it, at up to three times the cost; "
    "install `cargo` (https://rustup.rs, or Debian's cargo-web) and run `make setup` again"
)


def native_wheel() -> Path | None:
    """Build the wheel unless it is there; None where there is no Rust compiler.

    Two builds at once are one build and one wait. Raises ClusterError with the end of a build that failed.
    """
    folder = cache() / "native" / sources_key()
    if shutil.which("cargo") is None:
        return next(folder.glob("*.whl"), None)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _build(folder)
    return next(folder.glob("*.whl"))


def sources_key() -> str:
    """The first 12 hex digits of the digest of everything that decides what the wheel is."""
    digest = hashlib.sha256()
    for source in sorted([*SOURCES.glob("*.toml"), *SOURCES.glob("*.pyi"), *SOURCES.glob("src/*.rs")]):
        digest.update(f"{source.name}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:12]


def _build(folder: Path) -> None:
    """Build into a folder that appears when it is whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        sources, wheels = Path(scratch) / "sources", Path(scratch) / "wheels"
        # Copies are new, for cargo tells by their times what it has built, for whichever checkout.
        ignored = shutil.ignore_patterns("target", "Cargo.lock")
        shutil.copytree(SOURCES, sources, ignore=ignored, copy_function=shutil.copyfile)
        command: list[str | Path] = [sys.executable, "-m", "maturin", "build", "--release", "--skip-auditwheel"]
        command += ["--interpreter", sys.executable, "--out", wheels, "--manifest-path", sources / "Cargo.toml"]
        with step("building the native part (a minute)"):
            built = subprocess.run(
                command,
                env={**os.environ, "CARGO_TARGET_DIR": str(folder.parent / "target")},
                capture_output=True,
                text=True,
                check=False,
            )
        if built.returncode:
            raise ClusterError(f"building {SOURCES.name} failed:\n" + "\n".join(built.stderr.splitlines()[-30:]))
        wheels.rename(folder)


def main() -> None:
    """Install the wheel."""
    wheel = native_wheel()
    if wheel is None:
        say(MISSING)
        return
    uv = Path(sys.executable).parent / "uv"
    installed = subprocess.run(
        [uv, "pip", "install", "-q", "--python", sys.executable, "--no-deps", wheel], check=False
    )
    if installed.returncode:
        raise ClusterError(f"{wheel.name} cannot be installed")


if __name__ == "__main__":
    try:
        main()
    except ClusterError as error:
        say(str(error))
        sys.exit(1)
