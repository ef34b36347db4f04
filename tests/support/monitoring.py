"""What a Prometheus operator brings, as far as ours sees it: the kind PrometheusRule, without anybody who reads it."""

from pathlib import Path
from typing import Any

import yaml

_SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_RULES = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "prometheusrules.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "names": {"kind": "PrometheusRule", "plural": "prometheusrules", "singular": "prometheusrule"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": _SCHEMA}}],
    },
}


def rules_crd(folder: Path) -> Path:
    """Write the definition, without the schema of what a rule may hold: promtool judges that elsewhere."""
    path = folder / "prometheusrules.yaml"
    path.write_text(yaml.safe_dump(_RULES))
    return path


def counted(namespace: str, model: str, kept: float, every: float) -> dict[str, Any]:
    """What Prometheus answers of a histogram with so many observations at or below 0.5."""
    buckets = {"0.25": kept, "0.5": kept, "1.0": every, "+Inf": every}
    samples = [
        {"metric": {"namespace": namespace, "model": model, "le": bound}, "value": [1, str(count)]}
        for bound, count in buckets.items()
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": samples}}
