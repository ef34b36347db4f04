"""Thirty objects of all three kinds, some of which need others, and what it means that all are looked after."""

from collections.abc import Mapping
from typing import Any

from fmops_api import API_VERSION
from tests.operator.evaluation_samples import catalog_manifest, run_manifest
from tests.operator.model_samples import model_manifest
from tests.support.api import Api, path_of

MODELS, ENDPOINTS, CATALOGS, RUNS = 11, 3, 6, 10
_CHILDREN = {"Deployment": "apps/v1", "NetworkPolicy": "networking.k8s.io/v1", "Job": "batch/v1"}


def population(url: str) -> list[dict[str, Any]]:
    """Make the objects in an order in which much is missing at first; `url` is an endpoint that serves `tiny`."""
    service = {"source": {"service": {"url": url.removesuffix("/v1"), "model": "tiny"}}}
    runs = [
        _named(f"run-{n}", run_manifest(_spec(f"endpoint-{n % ENDPOINTS}", f"catalog-{n % CATALOGS}")))
        for n in range(RUNS)
    ]
    models = [_named(f"model-{n}", model_manifest()) for n in range(MODELS)]
    endpoints = [_named(f"endpoint-{n}", model_manifest(service)) for n in range(ENDPOINTS)]
    catalogs = [_named(f"catalog-{n}", catalog_manifest()) for n in range(CATALOGS)]
    lanes = [runs, models, catalogs, endpoints]
    return [lane.pop() for _ in range(RUNS + MODELS) for lane in lanes if lane]


def claim() -> dict[str, Any]:
    """The volume that the models' weights are on."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "weights"}, "spec": spec}


def unfinished(api: Api, namespace: str) -> list[str]:
    """Name what is not looked after yet."""
    kinds = ("FoundationModel", "PromptCatalog", "EvaluationRun")
    objects = [each for kind in kinds for each in api.items(path_of(API_VERSION, kind, namespace))]
    waiting = [each["metadata"]["name"] for each in objects if not _is_settled(each)]
    counts = {kind: len(api.items(path_of(version, kind, namespace))) for kind, version in _CHILDREN.items()}
    wanted = {"Deployment": MODELS, "NetworkPolicy": MODELS, "Job": RUNS}
    waiting += [f"{counts[kind]} of {count} {kind}" for kind, count in wanted.items() if counts[kind] != count]
    return waiting


def _is_settled(manifest: Mapping[str, Any]) -> bool:
    """Whether an object is as far as it comes in a cluster without nodes."""
    name, status = manifest["metadata"]["name"], manifest.get("status", {})
    reasons = {each["type"]: (each["status"], each["reason"]) for each in status.get("conditions", ())}
    ready = reasons.get("Ready", ("", ""))
    if name.startswith("model-"):
        return bool(ready[1] == "Unschedulable")
    if name.startswith("run-"):
        return bool(reasons.get("InputsResolved", ("", ""))[0] == "True" and ready[1] == "Running")
    return bool(ready[0] == "True")


def _spec(model: str, catalog: str) -> dict[str, Any]:
    return {"candidates": {"models": [{"name": model}]}, "catalog": {"name": catalog}}


def _named(name: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": manifest["kind"], "metadata": {"name": name}, "spec": manifest["spec"]}
