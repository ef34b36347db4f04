"""Compiles the gateway's hot modules, once per set of their sources: `python -m tests.cluster.compiled_wheel`.

Prints a folder in which all of fmops_serving lies with them, for PYTHONPATH. Without a C compiler and Python's headers
it prints nothing: Python reads the sources then, at up to two fifths more CPU.
"""

import shutil
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

from tests.cluster.errors import ClusterError
from tests.cluster.paths import REPOSITORY, cache
from tests.cluster.progress import say
from tests.cluster.wheels import run_build, sources_key, wheel_in

FOLDERS = ("compiled", "crds/fmops_api", "serving/fmops_serving")
"""What decides what is compiled: the modules, and whatever they import, for its types."""
TYPES = "native/fmops_native.pyi"
MISSING = (
    "no C compiler with Python's headers: the gateway's hot modules are not compiled, and Python reads their sources, "
    "at up to two fifths more CPU; install gcc, libc6-dev and python3-dev and run this again"
)


def compiled_wheel() -> Path | None:
    """Build the wheel unless it is there; None where there is no compiler, or none of Python's headers.

    Raises ClusterError with the end of a build that failed.
    """
    folder = _folder()
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if shutil.which("cc") is None or not headers.exists():
        return next(folder.glob("*.whl"), None)
    return wheel_in(folder, _build)


def compiled_tree() -> Path | None:
    """Give a folder in which fmops_serving lies, compiled; None where it cannot be compiled."""
    wheel = compiled_wheel()
    return None if wheel is None else wheel.parent / "tree"


def _folder() -> Path:
    sources = [each for folder in FOLDERS for each in (REPOSITORY / folder).rglob("*") if each.is_file()]
    kept = [each for each in sources if each.suffix not in {".pyc", ".so"}]
    named = {each.relative_to(REPOSITORY).as_posix(): each for each in (*kept, REPOSITORY / TYPES)}
    return cache() / "compiled" / sources_key(named)


def _build(scratch: Path, wheels: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(REPOSITORY / folder, scratch / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (scratch / "native").mkdir()
    shutil.copy2(REPOSITORY / TYPES, scratch / "native")
    command: list[str | Path] = [sys.executable, scratch / "compiled" / "setup.py", "-q", "bdist_wheel"]
    run_build("the gateway's hot modules (two minutes)", [*command, "--dist-dir", wheels])
    shutil.copytree(scratch / "serving" / "fmops_serving", wheels / "tree" / "fmops_serving")
    with ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(wheels / "tree")


def main() -> None:
    """Build, and print the folder."""
    tree = compiled_tree()
    if tree is None:
        say(MISSING)
    else:
        print(tree)


if __name__ == "__main__":
    try:
        main()
    except ClusterError as error:
        say(str(error))
        sys.exit(1)
