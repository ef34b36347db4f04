"""What each image is made of: its key, its Dockerfile, and how the folder it is built from comes about."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.build import build as build_programs
from tests.cluster.build import sources_key
from tests.cluster.compiled_wheel import compiled_wheel
from tests.cluster.errors import ClusterError
from tests.cluster.images_base import IDENTITY, make_base_tree
from tests.cluster.images_recipe import image_key
from tests.cluster.native_wheel import native_wheel
from tests.cluster.paths import REPOSITORY, cache, images
from tests.cluster.wheels import together

DOCKERFILE = REPOSITORY / "Dockerfile"
NODE_SOURCES = Path(__file__).resolve().parent / "node_images"
OWN = ("operator", "serving", "engine-cpu")


@dataclass(frozen=True)
class Image:
    """An image: what pods call it, and the archive that holds it."""

    name: str
    reference: str
    archive: Path


@dataclass(frozen=True)
class Plan:
    """How an image is built where it is missing; `prepare` makes the context in an empty folder and returns it."""

    image: Image
    dockerfile: Path
    prepare: Callable[[Path], Path]
    parent: "Plan | None" = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, Path] = field(default_factory=dict)
    """Folders that instructions name as they name stages."""


def plan_own(name: str, public_base: bool) -> Plan:
    """The plan of operator, serving or engine-cpu, on the Dockerfile's own base or on one made here.

    A base made here knows no mirror, so that what is compiled is compiled by this machine. Raises ClusterError for
    another name, or when a file that goes into the image is missing.
    """
    if public_base:
        key = image_key(REPOSITORY, DOCKERFILE, name, _default_base())
        return Plan(_image(name, key), DOCKERFILE, lambda _: REPOSITORY)
    parent, wheels = plan_base(), [wheel for wheel in (native_wheel(), compiled_wheel()) if wheel is not None]
    arguments = {"PYTHON_IMAGE": parent.image.reference, "NATIVE": "given" if wheels else "none"}
    contexts = {"wheels": together(wheels, cache() / "given")} if wheels else {}
    key = image_key(REPOSITORY, DOCKERFILE, name, parent.image.reference, arguments=arguments, contexts=contexts)
    return Plan(_image(name, key), DOCKERFILE, lambda _: REPOSITORY, parent, arguments, contexts)


def plan_base() -> Plan:
    """Debian with Python, for machines that reach no registry."""
    dockerfile = NODE_SOURCES / "base.Dockerfile"
    return Plan(_image("base", _digest(IDENTITY.encode(), dockerfile.read_bytes())), dockerfile, _prepare_base)


def plan_pause() -> Plan:
    """The process that holds a pod's namespaces."""
    dockerfile, source = NODE_SOURCES / "pause.Dockerfile", NODE_SOURCES / "pause.c"
    key = _digest(source.read_bytes(), dockerfile.read_bytes())
    return Plan(_image("pause", key, "localhost/pause:1"), dockerfile, _prepare_pause)


def plan_coredns() -> Plan:
    """The cluster's name server."""
    dockerfile = NODE_SOURCES / "coredns.Dockerfile"
    key = _digest(sources_key().encode(), dockerfile.read_bytes())
    return Plan(_image("coredns", key, "localhost/coredns:1"), dockerfile, _prepare_coredns)


def reference_of(name: str, key: str) -> str:
    """The name under which pods ask for one of our images."""
    return f"localhost/fmops/{name}:{key}"


def _image(name: str, key: str, reference: str = "") -> Image:
    return Image(name, reference or reference_of(name, key), images() / f"{name}-{key}.tar")


def _default_base() -> str:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("ARG PYTHON_IMAGE="))


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _prepare_base(folder: Path) -> Path:
    make_base_tree(folder / "base.tar")
    return folder


def _prepare_pause(folder: Path) -> Path:
    command = ["cc", "-Os", "-static", "-s", "-o", str(folder / "pause"), str(NODE_SOURCES / "pause.c")]
    try:
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ClusterError("a C compiler is missing; on Debian: apt-get install gcc libc6-dev") from error
    if compiled.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: {compiled.stderr.strip()}")
    return folder


def _prepare_coredns(folder: Path) -> Path:
    shutil.copy2(build_programs() / "coredns", folder / "coredns")
    return folder
