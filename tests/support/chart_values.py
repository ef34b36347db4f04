"""values.yaml read as documentation: a sentence above every value becomes values.schema.json and the README's table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path("charts/fmops")
_TYPES = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}


@dataclass(frozen=True)
class Value:
    """One value of the chart: its path, default, sentence and further JSON Schema keywords."""

    path: tuple[str, ...]
    default: Any
    sentence: str
    keywords: dict[str, Any]

    @property
    def documented(self) -> bool:
        """Say whether it is a value of its own; a group of values only holds others."""
        return bool(self.sentence)


def read(text: str) -> list[Value]:
    """Read values.yaml; raises ValueError naming a value that has no sentence."""
    comments = _comments(text)
    values = list(_walk(yaml.safe_load(text), (), comments))
    for value in values:
        if not value.documented and not (isinstance(value.default, dict) and value.default):
            raise ValueError(f"values.yaml: {'.'.join(value.path)} has no sentence above it")
    return values


def schema(values: list[Value]) -> str:
    """Write values.schema.json."""
    root: dict[str, Any] = {"$schema": "https://json-schema.org/draft-07/schema#", **_group()}
    root["properties"]["global"] = {"type": "object", "description": "Set by parent charts; not used."}
    for value in values:
        parent = root
        for name in value.path[:-1]:
            parent = parent["properties"][name]
        parent["properties"][value.path[-1]] = _schema(value)
    return json.dumps(root, indent=2) + "\n"


def table(values: list[Value]) -> str:
    """Write the README's table of values."""
    rows = ["| value | default | what it is |", "|---|---|---|"]
    rows += [
        f"| `{'.'.join(value.path)}` | `{json.dumps(value.default)}` | {value.sentence} |"
        for value in values
        if value.documented
    ]
    return "\n".join(rows) + "\n"


def readme(template: str, values: list[Value]) -> str:
    """Write the chart's README: its template with the table in place."""
    return template.replace("@VALUES@\n", table(values))


def _schema(value: Value) -> dict[str, Any]:
    if not value.documented:
        return _group()
    return {"type": _TYPES[type(value.default)], "description": value.sentence, **value.keywords}


def _group() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _walk(node: dict[str, Any], path: tuple[str, ...], comments: dict[tuple[str, ...], list[str]]) -> Iterator[Value]:
    for name, default in node.items():
        here = (*path, name)
        lines = comments.get(here, [])
        keywords: dict[str, Any] = {}
        for line in lines:
            if line.startswith("@schema "):
                keywords.update(json.loads(line.removeprefix("@schema ")))
        value = Value(here, default, " ".join(line for line in lines if not line.startswith("@schema ")), keywords)
        yield value
        if not value.documented and isinstance(default, dict):
            yield from _walk(default, here, comments)


def _comments(text: str) -> dict[tuple[str, ...], list[str]]:
    """Find the comment lines that stand directly above each key, by the key's path."""
    found: dict[tuple[str, ...], list[str]] = {}
    path: list[tuple[int, str]] = []
    above: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("# "):
            above.append(bare.removeprefix("# "))
        elif not bare:
            above = []
        else:
            indent = len(line) - len(line.lstrip())
            path = [*(step for step in path if step[0] < indent), (indent, bare.split(":")[0])]
            found[tuple(name for _, name in path)] = above
            above = []
    return found
