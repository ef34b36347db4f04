"""What a structural schema may not hold, and what ours must."""

from collections.abc import Iterator

from fmops_api.schema import VALIDATIONS, Schema, nodes

FORBIDDEN = frozenset(
    {
        "$ref",
        "$defs",
        "definitions",
        "dependencies",
        "deprecated",
        "discriminator",
        "id",
        "patternProperties",
        "propertyNames",
        "readOnly",
        "writeOnly",
        "xml",
        "title",
        "examples",
        "const",
        "uniqueItems",
        "allOf",
        "oneOf",
        "not",
    }
)


def faults(schema: Schema) -> Iterator[str]:
    """Name each fault of a schema with its path."""
    for path, node in nodes(schema):
        yield from (f"{path}: {word} is forbidden" for word in sorted(FORBIDDEN & node.keys()))
        if not ({"type", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"} & node.keys()):
            yield f"{path}: has no type"
        if node.get("additionalProperties") is False:
            yield f"{path}: additionalProperties: false is forbidden"
        if None in (node.get("default", ...), *node.get("enum", ())):
            yield f"{path}: null is no value"
        yield from _unbounded(path, node)


def without_description(schema: Schema) -> list[str]:
    """Name the fields that `kubectl explain` would say nothing about."""
    return [path for path, node in nodes(schema) if _is_field(path) and not node.get("description")]


def _is_field(path: str) -> bool:
    return path not in {"", ".metadata"} and not path.endswith(("[]", "{}"))


def _unbounded(path: str, node: Schema) -> Iterator[str]:
    """A rule's cost is estimated from the bounds of what it may look at."""
    if VALIDATIONS not in node:
        return
    for inner, part in nodes(node, path):
        if part.get("type") == "string" and not part.keys() & {"maxLength", "enum", "format"}:
            yield f"{inner}: text under a rule needs maxLength"
        if part.get("type") == "array" and "maxItems" not in part:
            yield f"{inner}: a list under a rule needs maxItems"
        if "additionalProperties" in part and "maxProperties" not in part:
            yield f"{inner}: a map under a rule needs maxProperties"
