"""A cluster in memory, for the moments that a real one cannot be stopped in."""

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from fmops_api import API_VERSION
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.errors import ClusterError
from fmops_operator.manifest import FOUNDATION_MODEL, PROMPT_CATALOG, Kind, Manifest, kind_of
from fmops_operator.reconcile import evaluationrun, promptcatalog
from fmops_operator.settings import Settings
from fmops_operator.world import Endpoint, Gateways, Hub, Outcome, World
from tests.operator.evaluation_samples import NAMESPACE, catalog_manifest, run

READY = {"type": "Ready", "status": "True", "reason": "Serving"}


class Memory:
    """Objects by kind and name, in the one namespace of the samples. `refusals` are raised by apply, by kind."""

    def __init__(self) -> None:
        self.objects: dict[tuple[Kind, str], Manifest] = {}
        self.writes: list[str] = []
        self.refusals: dict[str, ClusterError] = {}

    async def apply(self, manifest: Manifest) -> Manifest:
        """Keep it; what is there already is no write."""
        kind, name = kind_of(manifest), manifest["metadata"]["name"]
        if kind.name in self.refusals:
            raise self.refusals[kind.name]
        old = self.objects.get((kind, name), {})
        new = {**old, **copy.deepcopy(manifest)}
        if new != old:
            self.writes.append(f"apply {kind.name} {name}")
        self.objects[kind, name] = new
        return copy.deepcopy(new)

    async def get(self, kind: Kind, _: str, name: str) -> Manifest | None:
        """Give one object."""
        return copy.deepcopy(self.objects.get((kind, name)))

    async def list(self, kind: Kind, _: str, labels: Mapping[str, str]) -> Sequence[Manifest]:
        """Give the objects that carry the labels."""
        found = [each for (of, _), each in self.objects.items() if of == kind]
        return [copy.deepcopy(e) for e in found if labels.items() <= e["metadata"].get("labels", {}).items()]

    async def delete(self, kind: Kind, _: str, name: str) -> None:
        """Forget it."""
        self.writes.append(f"delete {kind.name} {name}")
        self.objects.pop((kind, name), None)

    async def serves(self, _: Kind) -> bool:
        """Have every kind."""
        return True

    def of(self, kind: Kind) -> Sequence[str]:
        """Name the objects of a kind."""
        return [name for of, name in self.objects if of == kind]

    def world(self, now: datetime | None = None) -> World:
        """Give the world around it, at a time; evaluations and catalogues ask no endpoint and no hub."""
        nobody = cast("Any", None)
        settings = Settings(runner_image="fmops/serving:1")
        return World(
            self,
            cast("Endpoint", nobody),
            cast("Hub", nobody),
            cast("Gateways", nobody),
            settings,
            lambda: now or datetime.now(UTC),
        )

    async def set_scene(self) -> None:
        """Put the sample catalogue, released, and the model `small`, serving, in place."""
        manifest = catalog_manifest()
        manifest["metadata"] = {"name": "tickets", "namespace": NAMESPACE, "uid": "c-1", "generation": 1}
        outcome = await promptcatalog.reconcile(PromptCatalog.parse(manifest), self.world())
        status = {**outcome.status.to_manifest(), "observedGeneration": 1}
        self.objects[PROMPT_CATALOG, "tickets"] = {**manifest, "status": status}
        self.set_model()
        self.writes.clear()

    def set_model(self, revision: str = "rev-1", ready: str = "True") -> None:
        """Declare the model `small`."""
        self.objects[FOUNDATION_MODEL, "small"] = {
            "apiVersion": API_VERSION,
            "kind": "FoundationModel",
            "metadata": {"name": "small", "namespace": NAMESPACE, "generation": 1},
            "spec": {"task": "Chat", "source": {"service": {"url": "http://small:8000", "model": "small"}}},
            "status": {
                "observedGeneration": 1,
                "url": "http://small:8000/v1",
                "servedName": "small",
                "revisions": {"active": revision},
                "conditions": [{**READY, "status": ready}],
            },
        }

    async def look(
        self, status: Mapping[str, Any] | None = None, spec: Mapping[str, Any] | None = None, **metadata: Any
    ) -> Outcome[Any]:
        """Let the story of the run look once; `status` is what it had before."""
        looked: EvaluationRun = run(spec, status, **metadata)
        return await evaluationrun.reconcile(looked, self.world())
