"""A namespace in which catalogues are declared while something around the operator breaks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops_api import API_VERSION
from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.evaluation_samples import catalog_manifest
from tests.support.api import Api, RefusedError, path_of
from tests.support.operator_process import Setup


@dataclass(frozen=True)
class Place:
    """A namespace of a cluster."""

    cluster: ControlPlane
    api: Api
    namespace: str

    def declare(self, name: str) -> None:
        """Declare a catalogue, as soon as the API server serves its kind."""
        wait_until(f"{name} to be taken", lambda: self._is_taken({**catalog_manifest(), "metadata": {"name": name}}))

    def _is_taken(self, manifest: dict[str, Any]) -> bool:
        try:
            self.api.apply(manifest, self.namespace)
        except RefusedError as refused:
            if refused.code not in (404, 503):
                raise
            return False
        return True

    def wait_for(self, name: str) -> None:
        """Wait until a catalogue is Ready and has its bundle."""
        wait_until(f"{name} to be Ready", lambda: self.api.condition(self.path(name), "Ready") == "True")
        assert self.bundles(name)

    def path(self, catalog: str) -> str:
        """Give the URL path of a catalogue."""
        return path_of(API_VERSION, "PromptCatalog", self.namespace, catalog)

    def bundles(self, catalog: str) -> list[dict[str, Any]]:
        """Give the bundles of a catalogue."""
        return self.api.items(path_of("v1", "ConfigMap", self.namespace), f"fmops.dev/promptcatalog={catalog}")

    def delete_bundles(self, catalog: str) -> None:
        """Delete the bundles of a catalogue by hand."""
        for bundle in self.bundles(catalog):
            self.api.request("DELETE", path_of("v1", "ConfigMap", self.namespace, bundle["metadata"]["name"]))

    def series(self, catalog: str) -> str:
        """Name the series of a catalogue."""
        return f'fmops_promptcatalog_ready{{name="{catalog}",namespace="{self.namespace}"}}'

    def setup(self, kubeconfig: Path, folder: Path, name: str = "operator", **settings: str) -> Setup:
        """Say how an operator is started, with its Lease here; of the whole cluster when no settings say less."""
        return Setup(kubeconfig, folder, name, settings={"lease_namespace": self.namespace, **settings})
