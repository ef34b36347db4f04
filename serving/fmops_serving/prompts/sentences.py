"""Pydantic's findings, as paths and sentences for people."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fmops_serving.prompts.faults import did_you_mean

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "fields (an object)",
    "model_type": "fields (an object)",
    "model_attributes_type": "fields (an object)",
}


def sentences(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Give (path, sentence) of every finding; `model` is what was validated, for names that come near."""
    seen: set[tuple[str, str]] = set()
    for found in error.errors(include_url=False):
        place = [part for part in found["loc"] if isinstance(part, int) or not _is_branch(part)]
        told = (path_of(place), _sentence(found, model))
        if told not in seen:
            seen.add(told)
            yield told


def path_of(place: Sequence[str | int]) -> str:
    """Write a place as people do: spec.templates[0].name."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _is_branch(part: str) -> bool:
    """Tell a branch of a union, which is no field: pydantic writes it into the place."""
    return part in ("str", "int", "float", "bool") or part.startswith(("constrained-", "function-"))


def _sentence(found: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = found["type"], found.get("ctx", {})
    if kind == "missing":
        return "is required and missing"
    if kind == "extra_forbidden":
        return f"there is no such field{did_you_mean(str(found['loc'][-1]), _fields(model, found['loc'][:-1]))}"
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}, found {_shown(found['input'])}"
    if kind in ("enum", "literal_error"):
        allowed = str(context["expected"]).replace("'", "")
        return f"{_shown(found['input'])} is not one of {allowed}"
    return _limit(kind, context, found["input"]) or f"{found['msg'][:1].lower()}{found['msg'][1:]}"


def _limit(kind: str, context: dict[str, Any], value: Any) -> str:
    match kind:
        case "string_too_long":
            return f"has {len(value)} characters, {context['max_length']} are the most"
        case "string_too_short":
            return "must not be empty" if context["min_length"] == 1 else f"needs {context['min_length']} characters"
        case "too_long":
            return f"has {context['actual_length']} entries, {context['max_length']} are the most"
        case "too_short":
            return f"needs at least {context['min_length']} entry"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, found {_shown(value)}"
        case "less_than_equal":
            return f"must be at most {context['le']}, found {_shown(value)}"
        case "string_pattern_mismatch":
            return f"{_shown(value)} does not match {context['pattern']}"
    return ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "fields (an object)" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """List the fields at a place, by the names that files use."""
    current: type[BaseModel] | None = model
    for part in place:
        if isinstance(part, str) and current is not None and not _is_branch(part):
            current = _model_of(current, part)
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _model_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    for field_name, field in model.model_fields.items():
        if name in (field.alias, field_name):
            return _first_model(field.annotation)
    return None


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _first_model(argument))), None)
