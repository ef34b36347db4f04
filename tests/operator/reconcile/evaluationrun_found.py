"""What was found for an evaluation, as its references are judged on."""

from collections.abc import Mapping
from typing import Any

from fmops_api.foundationmodel import FoundationModel
from fmops_api.promptcatalog import PromptCatalog, PromptCatalogSpec
from fmops_operator.desired.promptcatalog import build_bundle
from fmops_operator.reconcile.evaluationrun_inputs import Found
from fmops_serving.prompts.catalog import canonical
from fmops_serving.prompts.catalog import resolve as resolve_catalog
from tests.operator.evaluation_samples import catalog_manifest
from tests.operator.model_samples import model

PROVIDER_WITH_KEY = {
    "provider": {
        "baseURL": "https://api.example/v1",
        "model": "big-1",
        "apiKeySecretRef": {"name": "provider", "key": "token"},
    }
}
READY = {
    "observedGeneration": 1,
    "url": "http://small.support.svc:8000/v1",
    "servedName": "small",
    "revisions": {"active": "rev-1"},
    "conditions": [{"type": "Ready", "status": "True", "reason": "Serving"}],
}


def serving(name: str, spec: Mapping[str, Any] | None = None, **status: Any) -> FoundationModel:
    return model(spec, {**READY, **status}, name=name)


def found(catalog: Mapping[str, Any], *models: FoundationModel | None) -> Found:
    manifest = {**catalog_manifest(catalog), "metadata": {"name": "tickets", "namespace": "support", "uid": "u-2"}}
    resource = PromptCatalog.parse(manifest)
    resolution = resolve_catalog(PromptCatalogSpec.model_validate(manifest["spec"]), {})
    assert resolution.catalog is not None, resolution.faults
    bundle = build_bundle(resource, resolution.catalog.digest, canonical(resolution.catalog))
    in_force = resource.status.model_copy(update={"observed_generation": resource.metadata.generation})
    return Found(
        catalog=resource.model_copy(update={"status": in_force}),
        bundle=bundle,
        models={each.metadata.name: each for each in models if each},
        sink=True,
    )


SMALL, BIG = serving("small"), serving("big", {"source": PROVIDER_WITH_KEY}, servedName="big-1")
CHAIN_RUN = {"template": None, "chain": "ticket@live"}


def chained(*steps: dict[str, Any]) -> dict[str, Any]:
    ask = {"name": "ask", "template": "classify@production", "inputs": {"input": "{{ steps.extract.output }}"}}
    extract = {"name": "extract", "template": "classify@1", "model": {"name": "big"}}
    return {"chains": [{"name": "ticket", "version": 3, "labels": ["live"], "steps": [*(steps or (ask, extract))]}]}
