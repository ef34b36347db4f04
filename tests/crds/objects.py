"""Sound objects of each kind, to be changed by a test in the one place that it is about."""

from collections.abc import Mapping
from typing import Any

from fmops_api import API_VERSION

Manifest = dict[str, Any]
Change = Mapping[str, Any]

_NAMES = {"FoundationModel": "model", "PromptCatalog": "catalog", "EvaluationRun": "run"}


def foundation_model(**spec: Any) -> Manifest:
    """A Hugging Face model; each argument replaces a field of the spec, None removes it."""
    base = {"task": "Chat", "source": {"huggingFace": {"repo": "Qwen/Qwen3-8B"}}}
    return _object("FoundationModel", base, spec)


def at_provider(**spec: Any) -> Manifest:
    """A model at a provider."""
    source = {"provider": {"baseURL": "https://api.openai.com/v1", "model": "gpt-x"}}
    return foundation_model(**{"source": source, **spec})


def prompt_catalog(**spec: Any) -> Manifest:
    """A catalogue with one template."""
    return _object("PromptCatalog", {"templates": [template()]}, spec)


def template(**fields: Any) -> dict[str, Any]:
    """One template."""
    return _changed({"name": "triage", "version": 1, "messages": [{"role": "User", "content": "{{ input }}"}]}, fields)


def chain(**fields: Any) -> dict[str, Any]:
    """One chain of one step."""
    return _changed({"name": "ticket", "version": 1, "steps": [{"name": "first", "template": "triage@1"}]}, fields)


def rubric(**fields: Any) -> dict[str, Any]:
    """One rubric from 1 to 5."""
    criterion = {"name": "helpfulness", "description": "Does it help?", "anchors": {"1": "no", "5": "yes"}}
    return _changed({"name": "general", "version": 1, "criteria": [criterion]}, fields)


def example_set(**fields: Any) -> dict[str, Any]:
    """One inline example set."""
    return _changed({"name": "smoke", "examples": [{"id": "a1", "input": "hello", "label": "greeting"}]}, fields)


def evaluation_run(**spec: Any) -> Manifest:
    """A run of one candidate with one metric."""
    base = {
        "candidates": {"models": [{"name": "model"}]},
        "catalog": {"name": "catalog"},
        "template": "triage@1",
        "examples": {"sets": ["golden"]},
        "metrics": [{"name": "f1", "type": "Classification"}],
    }
    return _object("EvaluationRun", base, spec)


def judge(**fields: Any) -> dict[str, Any]:
    """One judge."""
    return _changed({"name": "general", "model": {"name": "large"}, "rubric": "general@1"}, fields)


def gate(**fields: Any) -> dict[str, Any]:
    """One gate."""
    return _changed({"metric": "f1", "op": "AtLeast", "value": "0.8"}, fields)


def _object(kind: str, base: Change, change: Change) -> Manifest:
    spec = _changed(base, change)
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": _NAMES[kind]}, "spec": spec}


def _changed(base: Change, change: Change) -> dict[str, Any]:
    return {name: value for name, value in {**base, **change}.items() if value is not None}
