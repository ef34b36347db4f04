"""Manifests for `fmops evaluate`, starting it, and reading what it left."""

from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_serving.__main__ import fmops

GATES = [
    {"metric": "f1", "op": "AtLeast", "value": "0.5", "bound": "Lower", "confidence": "0.9"},
    {"metric": "coverage", "op": "AtLeast", "value": "0.98"},
]


def resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "fmops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def run_spec(**changes: Any) -> dict[str, Any]:
    spec = {
        "candidates": {"models": [{"name": "tiny"}]},
        "catalog": {"name": "support"},
        "template": "triage@production",
        "examples": {"sets": ["golden"], "split": "Test"},
        "metrics": [{"name": "f1", "type": "Classification"}, {"name": "latency", "type": "Latency"}],
        "gates": GATES,
        "execution": {"maxInFlight": 4, "retries": 1, "attemptTimeout": "2s"},
    }
    return {**spec, **changes}


def write(folder: Path, *objects: dict[str, Any]) -> None:
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects, allow_unicode=True))


def evaluate(folder: Path, *more: str, endpoint: str = "", **environment: str) -> Result:
    chosen = ["--endpoint", f"tiny={endpoint}"] if endpoint else []
    arguments = ["evaluate", "-f", str(folder / "all.yaml"), *chosen, "--output", str(folder / "out"), *more]
    done = CliRunner().invoke(fmops, arguments, env=environment, prog_name="fmops")
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done


def status(folder: Path) -> EvaluationRunStatus:
    return EvaluationRunStatus.model_validate_json((folder / "out" / "summary.json").read_bytes())


def condition(folder: Path, wanted: str) -> tuple[str, str]:
    return next((c.status, c.reason) for c in status(folder).conditions if c.type == wanted)
