"""What an evaluation's references come to, judged on what was found: no cluster needed."""

from collections.abc import Mapping
from typing import Any

import pytest

from fmops_api.foundationmodel import FoundationModel
from fmops_api.promptcatalog import PromptCatalog, PromptCatalogSpec
from fmops_operator.desired.promptcatalog import build_bundle
from fmops_operator.reconcile.evaluationrun_inputs import Found, Resolved, resolve
from fmops_serving.prompts.catalog import canonical
from fmops_serving.prompts.catalog import resolve as resolve_catalog
from tests.operator.evaluation_samples import catalog_manifest, run
from tests.operator.model_samples import model

READY = {
    "observedGeneration": 1,
    "url": "http://small.support.svc:8000/v1",
    "servedName": "small",
    "revisions": {"active": "rev-1"},
    "conditions": [{"type": "Ready", "status": "True", "reason": "Serving"}],
}


def serving(name: str, spec: Mapping[str, Any] | None = None, **status: Any) -> FoundationModel:
    return model(spec, {**READY, **status}, name=name)


def found(catalog: Mapping[str, Any], *models: FoundationModel) -> Found:
    manifest = {**catalog_manifest(catalog), "metadata": {"name": "tickets", "namespace": "support", "uid": "u-2"}}
    resource = PromptCatalog.parse(manifest)
    resolution = resolve_catalog(PromptCatalogSpec.model_validate(manifest["spec"]), {})
    assert resolution.catalog is not None, resolution.faults
    bundle = build_bundle(resource, resolution.catalog.digest, canonical(resolution.catalog))
    in_force = resource.status.model_copy(update={"observed_generation": resource.metadata.generation})
    return Found(
        catalog=resource.model_copy(update={"status": in_force}),
        bundle=bundle,
        models={each.metadata.name: each for each in models},
        sink=True,
    )


def families(resolved: Resolved) -> list[str | None]:
    assert resolved.inputs is not None, resolved.fault
    return [candidate.family for candidate in resolved.inputs.candidates]


VARIANT = {"selector": {"family": "llama"}, "messages": [{"role": "User", "content": "Llama: {{ input }}"}]}


@pytest.mark.parametrize(
    ("card", "architecture", "family"),
    [("llama", None, "llama"), (None, "LlamaForCausalLM", "llama"), ("qwen", "LlamaForCausalLM", None)],
)
def test_a_candidate_carries_the_family_that_picks_a_variant(
    card: str | None, architecture: str | None, family: str | None
) -> None:
    templates = catalog_manifest()["spec"]["templates"]
    templates[1]["variants"] = [VARIANT]
    spec = {"card": {"family": card}} if card else {}
    small = serving("small", spec, resolved={"architecture": architecture})
    assert families(resolve(run(), found({"templates": templates}, small))) == [family]


def test_without_variants_no_family_is_carried() -> None:
    assert families(resolve(run(), found({}, serving("small", {"card": {"family": "llama"}})))) == [None]
