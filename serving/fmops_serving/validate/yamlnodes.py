"""YAML as Kubernetes reads it, with the line of every value."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

EXPANDED_LIMIT = 500_000
"""Most values of one document after its aliases are followed; stops a few lines from becoming gigabytes."""
DEPTH_LIMIT = 100
"""Deepest nesting of lists and objects."""
_STRING, _MAP, _SEQUENCE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+|0o?[0-7]+|0b[01]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_RESOLVERS = (
    (
        "bool",
        re.compile(r"^(true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$"),
        "tTfFyYnNoO",
    ),
    ("int", re.compile(rf"^{_INTEGER.pattern}$"), "-+0123456789"),
    ("float", re.compile(rf"^{_FLOAT.pattern}$"), "-+.0123456789"),
    ("null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
)


class NodeError(Exception):
    """A value that Kubernetes does not take, at a line (from 1)."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.line = node.start_mark.line + 1


class Loader(yaml.CSafeLoader):
    """Composes nodes; plain words become what kubectl makes of them: dates and 1:30 stay text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own name for it; filled right below


for _kind, _pattern, _first in _RESOLVERS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, list(_first))


def compose(text: str) -> Iterator[yaml.Node]:
    """Give the documents of a file that hold something; raises yaml.YAMLError at the first that is no YAML."""
    _refuse_depth(text)
    loader = Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None and node.tag != "tag:yaml.org,2002:null":
                yield node
    finally:
        loader.dispose()


def _refuse_depth(text: str) -> None:
    """Look before composing: the C composer calls itself for each level, and too many end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=f"is nested deeper than {DEPTH_LIMIT} levels", problem_mark=mark)


def value_of(root: yaml.Node) -> Any:
    """Make plain values of a document; raises NodeError for what has no JSON form."""
    _refuse_explosion(root)
    return _value(root)


def _refuse_explosion(root: yaml.Node) -> None:
    sizes: dict[int, int] = {}
    if _size(root, sizes, frozenset()) > EXPANDED_LIMIT:
        raise NodeError(root, f"its aliases expand to more than {EXPANDED_LIMIT} values")


def _size(node: yaml.Node, sizes: dict[int, int], inside: frozenset[int]) -> int:
    if id(node) in inside:
        raise NodeError(node, "an alias stands inside of what it names")
    if id(node) not in sizes:
        sizes[id(node)] = 1 + sum(_size(child, sizes, inside | {id(node)}) for child in _children(node))
    return sizes[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode) and node.tag == _SEQUENCE:
        return [_value(item) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    raise NodeError(node, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} has no meaning in Kubernetes")


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge" or not isinstance(key_node, yaml.ScalarNode):
            raise NodeError(key_node, "a name must be plain text")
        if key_node.value in found:
            raise NodeError(key_node, f"{key_node.value} stands twice in one object")
        found[key_node.value] = _value(value_node)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    if kind == "null":
        return None
    if kind == "float":
        return float(text)
    if kind == "int":
        return _integer(node, text)
    if node.tag != _STRING:
        raise NodeError(node, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} has no meaning in Kubernetes")
    return text


def _integer(node: yaml.ScalarNode, text: str) -> int:
    if len(text) > 30:
        raise NodeError(node, "holds a number that is too long to be read")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return sign * int(digits, 8 if octal else 0)
