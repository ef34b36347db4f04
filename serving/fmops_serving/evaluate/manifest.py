"""The record of what was measured and with what, so that a figure can be made again."""

from importlib.metadata import version
from typing import Any

from fmops_api.evaluationplan import EvaluationPlan
from fmops_api.template import Template
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.steps import Prompt


def write_manifest(folder: RunFolder, inputs: Inputs) -> None:
    """Write the record; the same for every candidate of a run, so that their runners may all write it."""
    write_json(folder.manifest, _record(inputs.plan, inputs))


def _record(plan: EvaluationPlan, inputs: Inputs) -> dict[str, Any]:
    return {
        "runner": version("fmops"),
        "plan": plan.to_manifest(),
        **_asked(inputs.prompt),
        "labels": sorted(inputs.labels),
        "examples": list(inputs.examples),
    }


def _asked(prompt: Prompt) -> dict[str, Any]:
    """Give the template, or the chain with the templates of its steps, as the catalogue has them."""
    if isinstance(prompt.entry, Template):
        return {"template": prompt.entry.to_manifest()}
    templates = {pinned(step.template): step.template.to_manifest() for step in prompt.steps}
    return {"chain": prompt.entry.to_manifest(), "templates": list(templates.values())}
