"""The record of what was measured and with what, so that a figure can be made again."""

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary
from fmops_api.template import Template
from fmops_serving.evaluate.bootstrap import RESAMPLES, SEED
from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.folder import RunFolder, write_json
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.parts import Part
from fmops_serving.prompts.references import pinned
from fmops_serving.prompts.steps import Prompt

MOST_NAMED = 10_000
"""Examples that are named one by one; of more there are only the number, and the digest of all."""
_DECIDING = ("arro3-io", "jinja2", "orjson", "pydantic")
"""Packages whose version can change what is asked, scored or written."""


def write_manifest(folder: RunFolder, inputs: Inputs) -> None:
    """Write the record; the same for every candidate of a run, so that their runners may all write it."""
    write_json(folder.manifest, _record(inputs.plan, inputs))


def write_candidate_manifest(
    folder: RunFolder, inputs: Inputs, summary: EvaluationSummary, parts: Sequence[Part] | None
) -> None:
    """Write what holds for one candidate: how each figure was computed, and digests of its files."""
    name = inputs.candidate.name
    files = [*folder.rows_beside(name), *inputs.row_files(folder)]
    rows = parts if parts is not None else [_part(folder, path) for path in files]
    made = [
        _part(folder, path)
        for path in (folder.scores(name), folder.summary(name), folder.findings(name), folder.results(name))
    ]
    content = {
        "candidate": inputs.candidate.to_manifest(),
        "signatures": {result.metric: result.signature for result in summary.results},
        "files": {part.path: {"sha256": part.sha256, "bytes": part.size} for part in (*rows, *made)},
    }
    write_json(folder.candidate_manifest(name), content)


def _record(plan: EvaluationPlan, inputs: Inputs) -> dict[str, Any]:
    return {
        "runner": version("fmops"),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _DECIDING}},
        "digests": {
            "inputs": plan.inputs_hash,
            "catalog": plan.catalog_digest,
            "prompt": _digest(_asked(inputs.prompt)),
            "examples": _digest_of_examples(inputs),
        },
        "seeds": {
            "bootstrap": SEED,
            "sample": plan.examples.sample.seed if plan.examples.sample else None,
            "generation": {pinned(step.template): _seed(step.template) for step in inputs.prompt.steps},
        },
        "resamples": RESAMPLES,
        "plan": plan.to_manifest(),
        **_asked(inputs.prompt),
        **_judged_by(inputs),
        "labels": sorted(inputs.labels),
        "example_count": len(inputs.examples),
        "examples": list(inputs.examples) if len(inputs.examples) <= MOST_NAMED else [],
    }


def _seed(template: Template) -> int | None:
    return template.generation.seed if template.generation else None


def _digest(content: Any) -> str:
    return "sha256:" + hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _digest_of_examples(inputs: Inputs) -> str:
    """Hash all examples by their names, as `_digest` would hash a mapping of them, without holding them."""
    found, before = hashlib.sha256(b"{"), b""
    for unique_id, example in inputs.examples.items():
        found.update(b"%b%b:" % (before, orjson.dumps(unique_id)))
        found.update(orjson.dumps(example.to_manifest(), option=orjson.OPT_SORT_KEYS))
        before = b","
    found.update(b"}")
    return f"sha256:{found.hexdigest()}"


def _part(folder: RunFolder, path: Path) -> Part:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            return Part(path.relative_to(folder.root).as_posix(), found, file.tell())
    except OSError as error:
        raise SinkFailed(f"cannot read {path}: {error.strerror or error}") from None


def _asked(prompt: Prompt) -> dict[str, Any]:
    """Give the template, or the chain with the templates of its steps, as the catalogue has them."""
    if isinstance(prompt.entry, Template):
        return {"template": prompt.entry.to_manifest()}
    templates = {pinned(step.template): step.template.to_manifest() for step in prompt.steps}
    return {"chain": prompt.entry.to_manifest(), "templates": list(templates.values())}


def _judged_by(inputs: Inputs) -> dict[str, Any]:
    """Give the rubrics that judges score by, as the catalogue has them; nothing where nobody judges."""
    rubrics = {judge.planned.judge.rubric: judge.rubric.to_manifest() for judge in (*inputs.judges, *inputs.duels)}
    return {"rubrics": [rubrics[name] for name in sorted(rubrics)]} if rubrics else {}
