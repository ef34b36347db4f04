"""Calls of the real kubectl against one cluster."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.errors import KubectlError


@dataclass(frozen=True)
class Kubectl:
    """kubectl, by its full path, with a kubeconfig; `prefix` is a command that runs it elsewhere, as nsenter does."""

    program: str
    kubeconfig: Path
    prefix: Sequence[str] = ()

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 120.0) -> str:
        """Its standard output. Raises KubectlError with its standard error when it fails."""
        command = [*self.prefix, self.program, *arguments]
        try:
            run = subprocess.run(
                command, input=stdin, capture_output=True, text=True, check=False, env=self.environment, timeout=timeout
            )
        except subprocess.TimeoutExpired as error:
            raise KubectlError(f"kubectl {' '.join(arguments)} did not end within {timeout:.0f} s") from error
        if run.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {run.stderr.strip()}")
        return run.stdout

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which any client finds this cluster; discovery is cached per cluster."""
        path = f"{Path(self.program).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        cached = str(self.kubeconfig.parent / "kubectl-cache")
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": cached, "PATH": path}

    def json(self, *arguments: str) -> dict[str, Any]:
        """What `kubectl ... -o json` says, parsed."""
        parsed: dict[str, Any] = json.loads(self(*arguments, "-o", "json"))
        return parsed

    def items(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects that `kubectl get ...` lists."""
        return list(self.json("get", *arguments)["items"])

    def apply(self, *manifests: Mapping[str, Any] | Path, namespace: str = "") -> None:
        """Apply objects and files of objects, in this order, by server-side apply."""
        place = ("--namespace", namespace) if namespace else ()
        for path in (m for m in manifests if isinstance(m, Path)):
            self("apply", "--server-side", "--force-conflicts", "-f", str(path), *place)
        if objects := [m for m in manifests if not isinstance(m, Path)]:
            self("apply", "--server-side", "--force-conflicts", "-f", "-", *place, stdin=as_list(objects))


def as_list(objects: Iterable[Mapping[str, Any]]) -> str:
    """Several objects as the one document that kubectl reads."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
