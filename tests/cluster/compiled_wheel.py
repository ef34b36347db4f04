"""Compiles the gateway's hot modules, once per set of their sources: `python -m tests.cluster.compiled_wheel`.

Prints a folder in which all of fmops_serving lies with them, for PYTHONPATH. Without a C compiler and Python's headers
it prints nothing: Python reads the sources then, at up to two fifths more CPU.
"""

import shutil
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import grimp

from tests.cluster.paths import REPOSITORY, cache
from tests.cluster.progress import run_told, say
from tests.cluster.wheels import run_build, sources_key, wheel_in

FOLDERS = ("compiled", "crds/fmops_api", "serving/fmops_serving")
"""What a build is given."""
HOT = REPOSITORY / "compiled" / "hot.txt"
SERVING = REPOSITORY / "serving" / "fmops_serving"
TYPES = "native/fmops_native.pyi"
_NOT_SOURCES = shutil.ignore_patterns("__pycache__")
MISSING = (
    "no C compiler with Python's headers: the gateway's hot modules are not compiled, and Python reads their sources, "
    "at up to two fifths more CPU; install gcc, libc6-dev and python3-dev and run this again"
)


def compiled_wheel() -> Path | None:
    """Build the wheel unless it is there; None where there is no compiler, or none of Python's headers.

    Raises ClusterError with the end of a build that failed.
    """
    folder = cache() / "compiled" / sources_key(sources())
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if shutil.which("cc") is None or not headers.exists():
        return next(folder.glob("*.whl"), None)
    return wheel_in(folder, _build)


def compiled_tree() -> Path | None:
    """Give a folder in which fmops_serving lies, compiled; None where it cannot be compiled."""
    wheel = compiled_wheel()
    if wheel is None:
        return None

    def lay(_: Path, made: Path) -> None:
        shutil.copytree(SERVING, made / "tree" / "fmops_serving", ignore=_NOT_SOURCES)
        with ZipFile(shutil.copy2(wheel, made)) as packed:
            packed.extractall(made / "tree")

    files = [each for each in SERVING.rglob("*") if each.is_file() and each.parent.name != "__pycache__"]
    laid = {each.relative_to(SERVING).as_posix(): each for each in files}
    return wheel_in(cache() / "compiled-trees" / sources_key({**laid, wheel.name: wheel}), lay).parent / "tree"


def sources() -> dict[str, Path]:
    """Give what decides what comes of a build, by place: the modules, all that they import, for its types, and how."""
    graph = grimp.build_graph("fmops_serving", "fmops_api", cache_dir=None)
    hot = hot_modules()
    imported = {name for module in hot for name in graph.find_upstream_modules(module)}
    how = [each for each in HOT.parent.iterdir() if each.is_file()]
    found = [*how, *map(_source, {*hot, *imported}), REPOSITORY / TYPES]
    return {each.relative_to(REPOSITORY).as_posix(): each for each in found}


def hot_modules() -> list[str]:
    """Name the modules that are compiled."""
    files = [line for line in HOT.read_text().splitlines() if not line.startswith("#")]
    return [f"{SERVING.name}.{each.removesuffix('.py').replace('/', '.')}" for each in files]


def _source(module: str) -> Path:
    root = SERVING.parent if module.startswith(SERVING.name) else REPOSITORY / "crds"
    path = root / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _build(scratch: Path, wheels: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(REPOSITORY / folder, scratch / folder, ignore=_NOT_SOURCES)
    (scratch / "native").mkdir()
    shutil.copy2(REPOSITORY / TYPES, scratch / "native")
    command: list[str | Path] = [sys.executable, scratch / "compiled" / "setup.py", "-q", "bdist_wheel"]
    run_build("the gateway's hot modules (two minutes)", [*command, "--dist-dir", wheels])


def main() -> None:
    """Build, and print the folder."""
    tree = compiled_tree()
    if tree is None:
        say(MISSING)
    else:
        print(tree)


if __name__ == "__main__":
    run_told(main)
