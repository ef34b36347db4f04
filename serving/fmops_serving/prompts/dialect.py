"""The part of Jinja2 that prompts may use, and the environment that compiles it.

A prompt needs to place values, leave parts out and list items. Everything that calls, computes or reaches into an
object is left out, so that a template can neither escape nor explode, whoever wrote it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import rfc8785
from jinja2 import StrictUndefined, nodes
from jinja2.filters import do_capitalize, do_default, do_first, do_last, do_title, do_trim
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fmops_serving.prompts.errors import TooLargeError

RENDERED_LIMIT = 4 * 1024 * 1024
"""Longest message that a template may make, in characters."""
NODES_LIMIT = 2000
"""Most syntax nodes of one message; bounds the work of rendering it."""
DEPTH_LIMIT = 16
"""Deepest nesting of conditions."""

RESERVED = frozenset(
    {"loop", "self", "super", "caller", "varargs", "kwargs", "true", "false", "none", "True", "False", "None"}
)
LOOP_ATTRIBUTES = frozenset({"index", "index0", "first", "last", "length"})

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.For,
    nodes.Filter, nodes.Keyword, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Getattr,
)  # fmt: skip


def _to_json(value: Any) -> str:
    """Write a value as JSON; the limit stops filters that are applied to their own result."""
    text = rfc8785.dumps(value).decode()
    if len(text) > RENDERED_LIMIT:
        raise TooLargeError(RENDERED_LIMIT)
    return text


def _join(items: list[Any] | str, separator: str = "") -> str:
    """Join a list; an absent optional list is empty text already."""
    if isinstance(items, str):
        return items
    texts = [as_text(item) for item in items]
    if sum(map(len, texts)) + len(separator) * len(texts) > RENDERED_LIMIT:
        raise TooLargeError(RENDERED_LIMIT)
    return str(as_text(separator)).join(texts)


FILTERS: dict[str, Callable[..., Any]] = {
    "capitalize": lambda text: do_capitalize(as_text(text)),
    "default": do_default,
    "first": do_first,
    "join": _join,
    "last": do_last,
    "length": len,
    "lower": lambda text: as_text(text).lower(),
    "title": lambda text: do_title(as_text(text)),
    "tojson": _to_json,
    "trim": lambda text: do_trim(as_text(text)),
    "upper": lambda text: as_text(text).upper(),
}


def as_text(value: Any) -> Any:
    """Write a value as a prompt shows it: numbers as in canonical JSON, so that 1.0 and 1 are one."""
    if isinstance(value, str):
        return value
    return _to_json(value) if isinstance(value, bool | int | float | list) else value


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Make the environment once; it is never changed afterwards."""
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=as_text, keep_trailing_newline=True)
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters.update(FILTERS)
    return made
