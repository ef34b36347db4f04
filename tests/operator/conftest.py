"""The operator as a process, on the shared control plane or on one of a test's own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.support.operator_process import REAL, Operator, Setup


class Start(Protocol):
    """Starts an operator that looks after the test's namespace and is stopped with the test."""

    def __call__(self, name: str = "operator", *, program: str = REAL, **settings: str | int | float) -> Operator:
        """Give the operator once it is ready; `settings` are FMOPS_ variables without the prefix."""
        ...


@pytest.fixture
def start_operator(crds_installed: ControlPlane, namespace: str, tmp_path: Path) -> Iterator[Start]:
    """Starts operators that the audit log knows by their names."""
    with ExitStack() as stack:

        def start(name: str = "operator", *, program: str = REAL, **settings: str | int | float) -> Operator:
            kubeconfig = crds_installed.kubeconfig_for(f"{name}-{namespace}", ["system:masters"])
            scope = {"namespaces": namespace, "lease_namespace": namespace, **settings}
            return stack.enter_context(Operator(Setup(kubeconfig, tmp_path, name, program, scope)))

        yield start


@pytest.fixture
def operator(start_operator: Start) -> Operator:
    """The operator, ready, looking after the test's namespace; `operator-<namespace>` is its user in the audit log."""
    return start_operator()
