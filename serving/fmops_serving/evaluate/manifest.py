"""The record of what was measured and with what, so that a figure can be made again."""

from importlib.metadata import version
from typing import Any

from fmops_api.evaluationplan import EvaluationPlan
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs


def write_manifest(folder: RunFolder, inputs: Inputs) -> None:
    """Write the record; the same for every candidate of a run, so that their runners may all write it."""
    write_json(folder.manifest, _record(inputs.plan, inputs))


def _record(plan: EvaluationPlan, inputs: Inputs) -> dict[str, Any]:
    return {
        "runner": version("fmops"),
        "plan": plan.to_manifest(),
        "template": inputs.template.to_manifest(),
        "labels": sorted(inputs.labels),
        "examples": list(inputs.examples),
    }
