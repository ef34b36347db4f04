"""JSON schemas of answers: checked before anybody asks, and written as engines and providers take them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import rfc8785

from fmops_api.template import Template
from fmops_serving.prompts.faults import Fault

SCHEMA_LIMIT = 16 * 1024
"""Most bytes of one schema, as canonical JSON; engines compile it before they answer."""
DEPTH_LIMIT = 32
"""Deepest nesting of lists and objects of one schema."""
_DRAFT_7, _DRAFT_2020 = "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2020-12/schema"
_SHOWN = 200
_DATA = frozenset({"enum", "const", "default", "examples"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


def schema_faults(schema: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Give what is wrong with a schema at a path: too large, no JSON schema, or a reference that leads nowhere."""
    if sentence := _size_fault(schema):
        yield Fault(path, sentence)
        return
    if fault := _dialect_fault(schema, path):
        yield fault
        return
    for reference in dict.fromkeys(_references(schema)):
        if not _leads_somewhere(reference, schema):
            yield Fault(path, f"$ref {reference[:_SHOWN]!r} leads nowhere: point into the schema, such as #/$defs/name")


def response_format(template: Template) -> dict[str, Any] | None:
    """Give `response_format` of the OpenAI API for a template; None when it asks for no shape.

    `strict` is set where the schema is one that providers take so: an object, each object closed by
    additionalProperties: false with all its properties required (OpenAI, Structured Outputs, Supported schemas).
    Others would be refused with it; vLLM holds answers to the schema either way.
    """
    schema = template.output_schema
    if schema is None:
        return None
    strict = schema.get("type") == "object" and _is_closed(schema)
    return {"type": "json_schema", "json_schema": {"name": template.name, "schema": schema, "strict": strict}}


def _size_fault(schema: Mapping[str, Any]) -> str:
    if _depth(schema) > DEPTH_LIMIT:
        return f"is nested deeper than {DEPTH_LIMIT} levels"
    try:
        size = len(rfc8785.dumps(dict(schema)))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        return f"cannot be kept as JSON: {error}"
    return f"has {size} bytes, {SCHEMA_LIMIT} are the most" if size > SCHEMA_LIMIT else ""


def _dialect_fault(schema: Mapping[str, Any], path: str) -> Fault | None:
    # Imported here: it takes as long as all else of the runner, which asks for shapes and checks none.
    from jsonschema import Draft7Validator, Draft202012Validator, SchemaError  # noqa: PLC0415

    named = schema.get("$schema", _DRAFT_2020)
    dialects = {_DRAFT_7: Draft7Validator, _DRAFT_2020: Draft202012Validator}
    dialect = dialects.get(named.removesuffix("#")) if isinstance(named, str) else Draft202012Validator
    if dialect is None:
        return Fault(f"{path}.$schema", f"{str(named)[:_SHOWN]!r} is neither draft 7 nor 2020-12: remove it")
    try:
        dialect.check_schema(schema, format_checker=dialect.FORMAT_CHECKER)
    except SchemaError as error:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        return Fault(path + place, f"is no JSON schema: {error.message[:_SHOWN]}")
    return None


def _depth(schema: Any) -> int:
    """Count levels without recursion, for what is judged may be deeper than Python's stack."""
    depth, level = 0, [schema]
    while level and depth <= DEPTH_LIMIT:
        depth += 1
        level = [part for each in level for part in _inside(each) if isinstance(part, dict | list)]
    return depth


def _inside(part: Any) -> Sequence[Any]:
    return list(part.values()) if isinstance(part, dict) else part


def _subschemas(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the schemas directly inside one; what stands under enum, const, default and examples is data."""
    for keyword, value in schema.items():
        if keyword in _DATA:
            continue
        parts = value if isinstance(value, list) else [value]
        if keyword in _NAMED and isinstance(value, dict):
            parts = list(value.values())
        yield from (part for part in parts if isinstance(part, dict))


def _references(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (schema[key] for key in ("$ref", "$dynamicRef") if isinstance(schema.get(key), str))
    for part in _subschemas(schema):
        yield from _references(part)


def _leads_somewhere(reference: str, schema: Any) -> bool:
    """Follow a JSON pointer (RFC 6901) inside the schema; other documents are never read."""
    if reference != "#" and not reference.startswith("#/"):
        return False
    for step in reference.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, dict) and key in schema:
            schema = schema[key]
        elif isinstance(schema, list) and key.isdecimal() and int(key) < len(schema):
            schema = schema[int(key)]
        else:
            return False
    return isinstance(schema, dict | bool)


def _is_closed(schema: Mapping[str, Any]) -> bool:
    named = schema.get("properties", {})
    if schema.get("type") == "object" or named:
        closed = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(named)
        if not closed:
            return False
    return all(map(_is_closed, _subschemas(schema)))
