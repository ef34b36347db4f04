"""The CEL sentences of the CRDs, evaluated without an API server."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

import re2

from fmops_api.meta import Model
from fmops_api.rules import placed_rules
from fmops_api.scalars import quantity
from fmops_serving.prompts.faults import Fault

_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
_KEYS = ("name", "version", "id")
_OWN = re.compile(r"\b(size|matches)\(")
_BROKEN = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What evaluating raises where CEL has an error: a field that is not there, operands that do not fit, no number."""


def broken_rules(part: Model, path: str, stored: Model | None = None) -> Iterator[Fault]:
    """Give the sentence of every rule that a part breaks; rules of change are judged when the stored part is known."""
    before = _values_by_identity(stored, path) if stored else {}
    root, place, names = part.to_manifest(), "", None
    for placed in placed_rules(part, path):
        identity, value = _follow(root, placed.path.removeprefix(path))
        if placed.transition and identity not in before:
            continue
        if names is None or placed.path != place:  # the rules of one place look at the same values
            place, names = placed.path, _names(value, before.get(identity))
        if not _holds(placed.rule.rule, names):
            yield Fault(placed.path, placed.rule.message)


def _holds(rule: str, names: Any) -> bool:
    """Evaluate one rule; one that cannot be evaluated is broken, as it is to the API server."""
    program = _program(rule)
    try:
        return bool(program.execute(names))
    except _BROKEN:
        return False


def _names(value: Any, stored: Any) -> Any:
    """Give what the expressions of one place may name."""
    variables = {"self": value} if stored is None else {"self": value, "oldSelf": stored}
    return _native().Context(variables=variables, functions=_KUBERNETES)


def _values_by_identity(stored: Model, path: str) -> dict[str, Any]:
    root = stored.to_manifest()
    return dict(_follow(root, placed.path.removeprefix(path)) for placed in placed_rules(stored, path))


def _follow(root: Any, path: str) -> tuple[str, Any]:
    """Find the value at a path, and name the place by the keys of list items, as the API server matches old and new."""
    value, identity = root, ""
    for name, index in _STEP.findall(path):
        value = value[int(index)] if index else value[name]
        keys = [value[key] for key in _KEYS if key in value] if index and isinstance(value, dict) else index
        identity += f"{keys}" if index else f".{name}"
    return identity, value


@lru_cache(maxsize=512)
def _program(rule: str) -> Any:
    # The library counts bytes where CEL counts characters, and its patterns are not RE2's: both are ours instead.
    return _native().compile(_OWN.sub(r"own_\1(", rule))


@lru_cache(maxsize=1)
def _native() -> Any:
    """Load the compiled part of the library alone: its Python part starts a terminal program, a third of a second."""
    package = find_spec("cel")
    spec = PathFinder.find_spec("cel.cel", package.submodule_search_locations if package else None)
    if spec is None or spec.loader is None:
        raise ImportError("common-expression-language is not installed")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _quantity(text: str) -> float:
    return float(quantity(text))


def _is_greater(left: float, right: float) -> bool:
    return left > right


def _matches(text: str, pattern: str) -> bool | None:
    """Say whether RE2 finds the pattern in a text; null for what is none, which no rule takes for an answer."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.search(pattern, text, options) is not None
    except re2.error:
        return None


_KUBERNETES = {
    "own_matches": _matches,
    "own_size": len,
    "sum": sum,
    "quantity": _quantity,
    "isGreaterThan": _is_greater,
}
"""What Kubernetes adds to CEL and our rules use, and what has to be exactly as it is there."""
