"""Builds the native part as a wheel, once per set of its sources: `python -m tests.cluster.native_wheel`.

Installs it into the environment that runs this. Without a Rust compiler nothing is installed and nothing fails: the
guard works without it, at several times the cost, and the tests that are about it are skipped.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import REPOSITORY, cache
from tests.cluster.progress import run_told, say
from tests.cluster.wheels import run_build, sources_key, wheel_in

SOURCES = REPOSITORY / "native"
MISSING = (
    "no Rust compiler: the native part is left out, and all works without it, at up to three times the cost; "
    "install `cargo` (https://rustup.rs, or Debian's cargo-web) and run `make setup` again"
)


def native_wheel() -> Path | None:
    """Build the wheel unless it is there; None where there is no Rust compiler.

    Raises ClusterError with the end of a build that failed.
    """
    sources = [each for pattern in ("*.toml", "*.pyi", "src/*.rs") for each in SOURCES.glob(pattern)]
    folder = cache() / "native" / sources_key({each.relative_to(SOURCES).as_posix(): each for each in sources})
    if shutil.which("cargo") is None:
        return next(folder.glob("*.whl"), None)
    return wheel_in(folder, _build)


def _build(scratch: Path, wheels: Path) -> None:
    sources = scratch / "sources"
    # Copies are new, for cargo tells by their times what it has built, for whichever checkout.
    ignored = shutil.ignore_patterns("target", "Cargo.lock")
    shutil.copytree(SOURCES, sources, ignore=ignored, copy_function=shutil.copyfile)
    command: list[str | Path] = [sys.executable, "-m", "maturin", "build", "--release", "--skip-auditwheel"]
    command += ["--interpreter", sys.executable, "--out", wheels, "--manifest-path", sources / "Cargo.toml"]
    run_build("the native part (a minute)", command, {"CARGO_TARGET_DIR": str(cache() / "native" / "target")})


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
    run_told(main)
