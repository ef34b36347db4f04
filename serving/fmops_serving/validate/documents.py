"""Documents: the objects in files, each with the lines of its parts."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from fmops_serving.validate.files import Text
from fmops_serving.validate.findings import Finding
from fmops_serving.validate.yamlnodes import NodeError, compose, value_of

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


class Document(NamedTuple):
    """One Kubernetes object of a file."""

    file: str
    node: yaml.Node
    value: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its kind as written, or empty."""
        return str(self.value.get("kind") or "")

    @property
    def api_version(self) -> str:
        """Its apiVersion as written, or empty."""
        return str(self.value.get("apiVersion") or "")

    @property
    def metadata(self) -> dict[str, Any]:
        """Its metadata, empty when there is none."""
        found = self.value.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def subject(self) -> str:
        """What people call it: Kind/name; empty when it has no kind."""
        if not self.kind:
            return ""
        return f"{self.kind}/{self.metadata.get('name') or '(no name)'}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same object in another file: kind, namespace, name."""
        return (self.kind, str(self.metadata.get("namespace") or ""), str(self.metadata.get("name") or ""))

    def fault(self, path: str, message: str) -> Finding:
        """Tell a fault at a path such as spec.templates[summarise@3].messages[1]."""
        return Finding(self.file, line_of(self.node, path), self.subject, path, message)


def read_documents(text: Text) -> Iterator[Document | Finding]:
    """Cut a file into objects; a part that is no YAML or no object comes as a finding."""
    try:
        for node in compose(text.text):
            yield from _objects(text.name, node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"column {mark.column + 1}: " if mark else ""
        yield Finding(text.name, mark.line + 1 if mark else 1, "", "", f"{where}is no YAML: {_because(error)}")
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, int) else ord(error.character)
        yield Finding(text.name, 1, "", "", f"is no YAML: it may not hold the character U+{character:04X}")


def _because(error: yaml.MarkedYAMLError) -> str:
    problem = re.sub(r"[\t\n]+", " ", str(error.problem or "it cannot be read"))
    if "'\\t'" in str(error.problem):
        return "a tab stands where spaces must: indent by spaces"
    return f"{problem} ({error.context})" if error.context else problem


def _objects(file: str, node: yaml.Node) -> Iterator[Document | Finding]:
    line = node.start_mark.line + 1
    try:
        value = value_of(node)
    except NodeError as error:
        yield Finding(file, error.line, "", "", str(error))
        return
    if not isinstance(value, dict):
        yield Finding(file, line, "", "", "is no Kubernetes object: apiVersion, kind, metadata and spec are expected")
        return
    if value.get("kind") == "List" and isinstance(value.get("items"), list):
        for item_node in _field(node, "items")[1].value:
            yield from _objects(file, item_node)
        return
    yield Document(file, node, value)


def line_of(node: yaml.Node, path: str) -> int:
    """Give the line (from 1) of a path, or of the nearest part above it that is there."""
    line = node.start_mark.line + 1
    for name, item in _STEP.findall(path.split(" ", maxsplit=1)[0]):
        try:
            line, node = _field(node, name) if name else _item(node, item)
        except KeyError:
            break
    return line


def _field(node: yaml.Node, name: str) -> tuple[int, yaml.Node]:
    """Give the line of a field's name, where people look, and its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == name:
                return key.start_mark.line + 1, value
    raise KeyError(name)


def _item(node: yaml.Node, item: str) -> tuple[int, yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            if item in _names(inner):
                return inner.start_mark.line + 1, inner
        if item.isdigit() and int(item) < len(node.value):
            inner = node.value[int(item)]
            return inner.start_mark.line + 1, inner
    raise KeyError(item)


def _names(node: yaml.Node) -> set[str]:
    """Give what an item of a list is called in paths: name, name@version or id."""
    if not isinstance(node, yaml.MappingNode):
        return set()
    texts = {key.value: value.value for key, value in node.value if isinstance(value, yaml.ScalarNode)}
    names = {texts[field] for field in ("name", "id") if field in texts}
    return names | {f"{texts['name']}@{texts['version']}"} if {"name", "version"} <= texts.keys() else names
