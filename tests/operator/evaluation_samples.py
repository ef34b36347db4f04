"""Catalogues, models and runs that the tests of evaluation start from."""

from collections.abc import Mapping
from typing import Any

from fmops_api import API_VERSION
from fmops_api.evaluationplan import Candidate, PlannedJudge
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.judge import Judge
from fmops_operator.desired.evaluationrun import Inputs

NAMESPACE = "support"
DIGEST = "sha256:" + "ab" * 32


def run_manifest(spec: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """An EvaluationRun `quality` of model `small` on catalogue `tickets`; `spec` replaces fields."""
    return {
        "apiVersion": API_VERSION,
        "kind": "EvaluationRun",
        "metadata": {"name": "quality", "namespace": NAMESPACE, "uid": "u-1", "generation": 1, **metadata},
        "spec": {
            "candidates": {"models": [{"name": "small"}]},
            "catalog": {"name": "tickets"},
            "template": "classify@production",
            "examples": {"sets": ["golden"]},
            "metrics": [{"name": "label", "type": "Classification"}],
            **(spec or {}),
        },
    }


def run(
    spec: Mapping[str, Any] | None = None, status: Mapping[str, Any] | None = None, **metadata: Any
) -> EvaluationRun:
    """The same, read."""
    return EvaluationRun.parse({**run_manifest(spec, **metadata), "status": dict(status or {})})


def candidate(name: str = "small", **changed: Any) -> Candidate:
    """A candidate that serves."""
    fields = {"url": f"http://{name}.{NAMESPACE}.svc:8000/v1", "model": name, "revision": "rev-1", **changed}
    return Candidate(name=name, **fields)


def planned_judge(endpoint: Candidate | None = None, **spec: Any) -> PlannedJudge:
    """A judge `general` by rubric general@1, whose model `large` serves."""
    judge = Judge.model_validate({"name": "general", "model": {"name": "large"}, "rubric": "general@1", **spec})
    return PlannedJudge(judge=judge, endpoint=endpoint or candidate("large"))


def inputs(*candidates: Candidate, **changed: Any) -> Inputs:
    """Resolved inputs: 60 examples, template classify@3."""
    fields: dict[str, Any] = {
        "bundle": "tickets-abababab01",
        "bundle_key": "bundle.json",
        "catalog_digest": DIGEST,
        "prompt": "classify@3",
        "examples": 60,
        "candidates": candidates or (candidate(),),
        **changed,
    }
    return Inputs(**fields)


RUBRIC = {
    "name": "general",
    "version": 1,
    "criteria": [
        {"name": name, "description": f"Is there {name}?", "anchors": {"1": "no", "5": "yes"}}
        for name in ("helpfulness", "accuracy")
    ],
}
"""A rubric general@1, from 1 to 5."""
PEOPLE = {
    "name": "people",
    "split": "Dev",
    "examples": [
        {"id": f"p{n}", "input": "x", "judgement": {"output": "y", "scores": {"helpfulness": 6 - n, "accuracy": n}}}
        for n in (1, 3, 5)
    ],
}
"""Answers that people scored by it."""


def catalog_manifest(spec: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A PromptCatalog `tickets` with template classify (1 and, in production, 2) and six labelled examples."""
    message = {"role": "User", "content": "Which kind of ticket is this? {{ input }}"}
    variables = [{"name": "input"}]
    return {
        "apiVersion": API_VERSION,
        "kind": "PromptCatalog",
        "metadata": {"name": "tickets"},
        "spec": {
            "templates": [
                {"name": "classify", "version": 1, "messages": [message], "variables": variables},
                {
                    "name": "classify",
                    "version": 2,
                    "labels": ["production"],
                    "messages": [{"role": "System", "content": "Answer with one word."}, message],
                    "variables": variables,
                },
            ],
            "exampleSets": [
                {
                    "name": "golden",
                    "split": "Test",
                    "examples": [
                        {"id": f"e{n}", "input": f"ticket {n}", "label": "refund" if n % 2 else "billing"}
                        for n in range(6)
                    ],
                }
            ],
            **(spec or {}),
        },
    }
