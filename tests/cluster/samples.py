"""Small objects for trying a cluster out."""

from typing import Any


def configmap(name: str) -> dict[str, Any]:
    """A ConfigMap with one entry."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


def deployment(name: str, replicas: int = 1, gpus: int = 0) -> dict[str, Any]:
    """A Deployment of pods that need no image to be scheduled, each with this many GPUs."""
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "none", "resources": {"limits": limits}}]},
            },
        },
    }


def ranges_crd() -> dict[str, Any]:
    """A kind `Range` with a CEL rule and a CEL transition rule."""
    rules = [
        {"rule": "self.min <= self.max", "message": "min must not exceed max"},
        {"rule": "self.model == oldSelf.model", "message": "model is immutable"},
    ]
    properties = {"min": {"type": "integer"}, "max": {"type": "integer"}, "model": {"type": "string", "maxLength": 64}}
    spec = {
        "type": "object",
        "required": ["min", "max", "model"],
        "properties": properties,
        "x-kubernetes-validations": rules,
    }
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "ranges.test.fmops.dev"},
        "spec": {
            "group": "test.fmops.dev",
            "scope": "Namespaced",
            "names": {"kind": "Range", "plural": "ranges", "singular": "range"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def job(name: str) -> dict[str, Any]:
    """A Job of one pod that needs no image to be scheduled."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "none"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }
