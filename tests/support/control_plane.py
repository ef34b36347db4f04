"""What tests ask of a real cluster: a namespace of their own, and this project's CRDs."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import REPOSITORY


def namespace_name(test: str) -> str:
    """A namespace name that says which test it belongs to and that no other run has."""
    words = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-")[:40].rstrip("-")
    return f"{words or 'test'}-{uuid.uuid4().hex[:6]}"


@contextmanager
def own_namespace(kubectl: Kubectl, test: str) -> Iterator[str]:
    """A new namespace in which pods can be made; its deletion is started in the end and not waited for."""
    name = namespace_name(test)
    kubectl("create", "namespace", name)
    kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=120s")
    try:
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def crd_files() -> list[Path]:
    """The generated CRDs of this project."""
    return sorted((REPOSITORY / "crds").glob("*.yaml"))


def install_crds(kubectl: Kubectl, files: list[Path]) -> None:
    """Apply CRDs and wait until the API serves them."""
    kubectl.apply(*files)
    for path in files:
        kubectl("wait", "--for=condition=Established", "-f", str(path), "--timeout=120s")
