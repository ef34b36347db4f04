"""docs/reference/<kind>.md from the schema: every field with its type, default, description and what must hold."""

import json
from collections.abc import Iterator
from typing import Any

from fmops_api import API_VERSION
from fmops_api.crd import AnyKind, object_schema
from fmops_api.schema import VALIDATIONS, Schema, nodes

_UNITS = {"Length": "characters", "Items": "entries", "Properties": "entries"}


def page(kind: AnyKind) -> str:
    """Write the page of a kind."""
    schema = object_schema(kind)
    parts = schema["properties"]
    return "\n".join(
        [
            f"# {kind.kind_name}",
            "",
            f"{schema['description']} `apiVersion: {API_VERSION}`, namespaced; `kubectl get {kind.names.short}`.",
            "Generated from `crds/fmops_api` by `make generate`. `[]` is an entry of a list, `{}` a value of a map;",
            "**bold** fields are required where their parent is given.",
            "",
            "## Columns",
            "",
            *_columns(kind),
            "",
            "## spec",
            "",
            *_table(parts["spec"], "spec"),
            "",
            "## status",
            "",
            *_table(parts["status"], "status"),
            "",
        ]
    )


def _columns(kind: AnyKind) -> Iterator[str]:
    yield from ("| column | shows | with |", "|---|---|---|")
    for column in kind.columns:
        wide = "`-o wide`" if column.priority else ""
        yield f"| {column.name.upper()} | {column.description} `{column.path}` | {wide} |"


def _table(schema: Schema, root: str) -> Iterator[str]:
    yield from _must_hold(schema, root)
    yield from ("| field | type | default | what it is |", "|---|---|---|---|")
    required = _required(schema, root)
    for path, node in nodes(schema, root):
        if path != root and not _only_values(path, node):
            name = f"**`{path}`**" if path in required else f"`{path}`"
            yield f"| {name} | {_cell(type_of(node))} | {_default(node)} | {_cell(_words(node))} |"


def _must_hold(schema: Schema, root: str) -> Iterator[str]:
    rules = schema.get(VALIDATIONS, ())
    if rules:
        yield from (f"For `{root}` as a whole must hold:", "", *(f"- {rule['message']}" for rule in rules), "")


def _required(schema: Schema, root: str) -> set[str]:
    return {f"{path}.{name}" for path, node in nodes(schema, root) for name in node.get("required", ())}


def _only_values(path: str, node: Schema) -> bool:
    return path.endswith(("[]", "{}")) and not node.get("properties") and VALIDATIONS not in node


def _words(node: Schema) -> str:
    return " ".join([node.get("description", ""), *(_sentence(rule["message"]) for rule in node.get(VALIDATIONS, ()))])


def _sentence(message: str) -> str:
    return f"Must{message.removeprefix('must')}." if message.startswith("must ") else f"Must hold: {message}."


def _default(node: Schema) -> str:
    return f"`{json.dumps(node['default'], ensure_ascii=False)}`" if "default" in node else ""


def type_of(node: Schema) -> str:
    """Say in words what a part of a schema takes, with its bounds."""
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    if "x-kubernetes-int-or-string" in node:
        return "integer or string" + _bounds(node)
    if node.get("x-kubernetes-preserve-unknown-fields"):
        return "free object" if node.get("type") == "object" else "anything"
    if node["type"] == "array":
        return f"list of {_plural(node['items'])}{_bounds(node)}" + _identity(node)
    if isinstance(node.get("additionalProperties"), dict):
        return f"map to {_plural(node['additionalProperties'])}{_bounds(node)}"
    return str((node.get("format") == "date-time" and "time") or node["type"]) + _bounds(node)


def _plural(node: Schema) -> str:
    return "objects" if node.get("properties") else type_of(node)


def _identity(node: Schema) -> str:
    if node.get("x-kubernetes-list-type") == "map":
        return ", one for each " + " and ".join(node["x-kubernetes-list-map-keys"])
    return ", each once" if node.get("x-kubernetes-list-type") == "set" else ""


def _bounds(node: Schema) -> str:
    found = [_range(node.get("minimum"), node.get("maximum"), "")]
    found += [_range(node.get(f"min{what}"), node.get(f"max{what}"), unit) for what, unit in _UNITS.items()]
    return "".join(f", {words.strip()}" for words in found if words)


def _range(low: Any, high: Any, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low} {unit}"
    return f"at most {high} {unit}" if low is None else f"{low} to {high} {unit}"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")
