"""Entries of catalogues for tests, each sound unless told otherwise."""

from typing import Any

from fmops_api.evaluationplan import Catalog
from fmops_api.promptcatalog import PromptCatalogSpec, Template
from fmops_serving.prompts.catalog import resolve

INPUT = {"name": "input", "type": "String"}


def template_entry(content: str = "{{ input }}", **fields: Any) -> dict[str, Any]:
    message = {"role": "User", "content": content}
    return {"name": "t", "version": 1, "messages": [message], "variables": [INPUT], **fields}


def template(content: str = "{{ input }}", **fields: Any) -> Template:
    return Template.model_validate(template_entry(content, **fields))


def variable(**fields: Any) -> dict[str, Any]:
    return {**INPUT, **fields}


def rubric_entry(**fields: Any) -> dict[str, Any]:
    criterion = {"name": "tone", "description": "Is it polite?", "anchors": {"1": "rude", "5": "polite"}}
    return {"name": "r", "version": 1, "criteria": [criterion], **fields}


def set_entry(**fields: Any) -> dict[str, Any]:
    return {"name": "s", "examples": [{"id": "a", "input": "x", "label": "l"}], **fields}


def spec(**fields: Any) -> PromptCatalogSpec:
    return PromptCatalogSpec.model_validate(fields)


def resolved(**fields: Any) -> Catalog:
    resolution = resolve(spec(**fields), {})
    assert resolution.catalog is not None, resolution.faults
    return resolution.catalog
