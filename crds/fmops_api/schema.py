"""From pydantic types to structural OpenAPI schemas, as a CustomResourceDefinition must have them.

What Kubernetes forbids or drops is never emitted: references, titles, null, const, exclusive bounds as numbers,
additionalProperties: false. What it cannot express (tuples, unions of objects) is refused here, not at the API server.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from fmops_api.meta import Model, Observed
from fmops_api.scalars import SHAPES

Schema = dict[str, Any]

_DROPPED = frozenset({"title", "$defs", "examples", "readOnly", "writeOnly", "deprecated", "discriminator", "const"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
VALIDATIONS = "x-kubernetes-validations"
_JUDGEMENTS = frozenset({VALIDATIONS, SHAPES, "pattern", "minLength", "default"})
_INT32 = 2**31 - 1
_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}
_ORDER = ("description", "type", "format", "default", "enum", "required", "properties", "items")


class Unstructural(ValueError):  # noqa: N818
    """A type has no structural schema; the message names it."""


class StructuralJsonSchema(GenerateJsonSchema):
    """Write each type the way a structural schema has it; references are still there."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Add the model's rules, and keep judgements and defaults away from what we only observe."""
        result = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        result.pop("additionalProperties", None)
        if issubclass(model, Model) and model.rules:
            result[VALIDATIONS] = [rule._asdict() for rule in model.rules]
        if issubclass(model, Observed):
            result["properties"] = {name: _unjudged(part) for name, part in result.get("properties", {}).items()}
        return result

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """An optional field is one that may be absent; the API server prunes explicit nulls."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Absent is absent, not null; a part that its class makes is there in full, so that its rules hold for it."""
        result = super().default_schema(schema)
        if result.get("default", ...) is None:
            del result["default"]
        factory = schema.get("default_factory")
        if isinstance(factory, type) and issubclass(factory, Model):
            return {**result, "default": factory().to_manifest()}
        return result

    def any_schema(self, schema: core_schema.AnySchema) -> JsonSchemaValue:
        """Any JSON value, kept as it is."""
        return dict(_ANYTHING)

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Whole numbers say how wide they are."""
        result = super().int_schema(schema)
        return {**result, "format": "int32" if abs(result.get("maximum", _INT32 + 1)) <= _INT32 else "int64"}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """One allowed value is an enumeration of one."""
        return {"type": "string", "enum": [str(value) for value in schema["expected"]]}

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        """Only a whole number or text has a structural form; bounds of either stand beside the choice."""
        choices = [self.generate_inner(choice) for choice in schema["choices"] if not isinstance(choice, tuple)]
        if sorted(str(choice.get("type")) for choice in choices) != ["integer", "string"]:
            raise Unstructural(f"a union of {choices} has no structural schema; use int | str or exactly-one-of fields")
        bounds = {k: v for choice in choices for k, v in choice.items() if k not in {"type", "format", "title"}}
        return {**bounds, "anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        """Refuse what Kubernetes has no form for."""
        raise Unstructural("a tuple has no structural schema: use a list or named fields")

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A map of named values; what its keys must be is asked by CEL, for structural schemas cannot say it."""
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        result: Schema = {"type": "object", "additionalProperties": values, VALIDATIONS: _key_rules(keys)}
        if "max_length" in schema:
            result["maxProperties"] = schema["max_length"]
        if "min_length" in schema:
            result["minProperties"] = schema["min_length"]
        return result

    def set_schema(self, schema: core_schema.SetSchema) -> JsonSchemaValue:
        """A set is a list that says so."""
        result = super().set_schema(schema)
        result.pop("uniqueItems", None)
        return {**result, "x-kubernetes-list-type": "set"}


def _key_rules(keys: Schema) -> list[dict[str, str]]:
    rules = [
        {"rule": f"self.all(k, k.matches(r'^({shape['pattern']})$'))", "message": f"each key {shape['sentence']}"}
        for shape in keys.get(SHAPES, ())
    ]
    if "maxLength" in keys:
        longest = keys["maxLength"]
        rules.append(
            {"rule": f"self.all(k, size(k) <= {longest})", "message": f"a key has at most {longest} characters"}
        )
    return rules


def _shape_rule(node: Schema, shape: Mapping[str, str]) -> dict[str, str]:
    rule = f"self.matches(r'^({shape['pattern']})$')"
    if "x-kubernetes-int-or-string" in node:
        rule = f"type(self) == int || {rule}"
    return {"rule": rule, "message": shape["sentence"]}


def structural(model: type[BaseModel]) -> Schema:
    """Give the structural schema of a model, in one piece; raises Unstructural when it has none."""
    whole = model.model_json_schema(schema_generator=StructuralJsonSchema)
    return dict(_inline(whole, whole.get("$defs", {}), ()))


def _inline(node: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline_reference(node, definitions, inside)
    return _plain({key: _inline_value(key, value, definitions, inside) for key, value in node.items()})


def _inline_reference(node: Schema, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    name = node["$ref"].rsplit("/", 1)[-1]
    beside = {key: value for key, value in node.items() if key != "$ref"}
    if name in inside:
        return {"type": "object", **_ANYTHING, **beside}
    return _inline({**definitions[name], **beside}, definitions, (*inside, name))


def _inline_value(key: str, value: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if key == "properties":
        return {name: _inline(part, definitions, inside) for name, part in value.items()}
    return value if key in {"default", "enum", "required"} else _inline(value, definitions, inside)


def _plain(node: Schema) -> Schema:
    result = {key: value for key, value in node.items() if key not in _DROPPED}
    for exclusive, inclusive in _BOUNDS.items():
        if exclusive in result:
            result[inclusive] = result[exclusive]
            result[exclusive] = True
    result[VALIDATIONS] = [*result.get(VALIDATIONS, ()), *(_shape_rule(node, s) for s in result.pop(SHAPES, ()))]
    if not result[VALIDATIONS]:
        del result[VALIDATIONS]
    if result.get("additionalProperties") == _ANYTHING:
        result.update(_ANYTHING)
    if result.keys() & _ANYTHING.keys():
        result.pop("additionalProperties", None)
    return {key: result[key] for key in (*_ORDER, *sorted(result.keys() - set(_ORDER))) if key in result}


def _unjudged(node: Any) -> Any:
    """A status is what we wrote: it is never refused, and what was not written is not invented."""
    if isinstance(node, list):
        return [_unjudged(item) for item in node]
    if isinstance(node, dict):
        return {key: _unjudged(value) for key, value in node.items() if key not in _JUDGEMENTS}
    return node


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Walk a structural schema, each part with its path: `.spec.engine.env[].name`, `{}` for the values of a map."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from nodes(part, f"{path}.{name}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from nodes(schema["additionalProperties"], f"{path}{{}}")
