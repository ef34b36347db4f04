"""What tests ask of a real cluster: a namespace of their own, and this project's CRDs."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl
from tests.cluster.paths import REPOSITORY
from tests.cluster.progress import wait_until
from tests.support.api import Api


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


def new_namespace(cluster: ControlPlane, test: str) -> str:
    """A new namespace that goes with its control plane: to delete one costs a third of a second of a core.

    Each call of kubectl would cost a tenth of one.
    """
    name = namespace_name(test)
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    with closing(Api(cluster)) as api:
        api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        wait_until(f"the account of {name}", lambda: api.find(account) is not None)
    return name


@contextmanager
def namespace_in(cluster: ControlPlane, test: str) -> Iterator[str]:
    """A new namespace that is deleted: for clusters that an operator looks after as a whole."""
    name = new_namespace(cluster, test)
    try:
        yield name
    finally:
        with closing(Api(cluster)) as api:
            api.request("DELETE", f"/api/v1/namespaces/{name}")


def crd_files() -> list[Path]:
    """The generated CRDs of this project."""
    return sorted((REPOSITORY / "crds").glob("*.yaml"))


def install_crds(kubectl: Kubectl, files: list[Path]) -> None:
    """Apply CRDs and wait until the API serves them."""
    kubectl.apply(*files)
    for path in files:
        kubectl("wait", "--for=condition=Established", "-f", str(path), "--timeout=120s")
