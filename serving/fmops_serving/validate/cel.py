"""The CEL sentences of the CRDs, evaluated without an API server."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import celpy
import re2
from celpy.adapter import json_to_cel
from celpy.celtypes import BoolType, DoubleType, IntType, ListType, StringType
from celpy.evaluation import CELEvalError, CELFunction

from fmops_api.meta import Model
from fmops_api.rules import placed_rules
from fmops_api.scalars import quantity
from fmops_serving.prompts.faults import Fault

_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
_KEYS = ("name", "version", "id")


def broken_rules(part: Model, path: str, stored: Model | None = None) -> Iterator[Fault]:
    """Give the sentence of every rule that a part breaks; rules of change are judged when the stored part is known."""
    before = _values_by_identity(stored, path) if stored else {}
    root = json_to_cel(part.to_manifest())
    for placed in placed_rules(part, path):
        identity, value = _follow(root, placed.path.removeprefix(path))
        if placed.transition and identity not in before:
            continue
        if not _holds(placed.rule.rule, value, before.get(identity)):
            yield Fault(placed.path, placed.rule.message)


def _holds(rule: str, value: Any, stored: Any) -> bool:
    """Evaluate one rule; one that cannot be evaluated is broken, as it is to the API server."""
    names = {"self": value} if stored is None else {"self": value, "oldSelf": stored}
    try:
        return bool(_program(rule).evaluate(names))
    except CELEvalError:
        return False


def _values_by_identity(stored: Model, path: str) -> dict[str, Any]:
    root = json_to_cel(stored.to_manifest())
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
def _program(rule: str) -> celpy.Runner:
    environment = celpy.Environment()
    return environment.program(environment.compile(rule), functions=_KUBERNETES)


def _sum(items: ListType) -> IntType:
    numbers: list[Any] = list(items)
    return IntType(sum(numbers))


def _quantity(text: StringType) -> DoubleType:
    return DoubleType(float(quantity(str(text))))


def _is_greater(left: DoubleType, right: DoubleType) -> BoolType:
    return BoolType(left > right)


def _contains(text: str, part: str) -> BoolType:
    return BoolType(part in text)


def _matches(text: str, pattern: str) -> BoolType:
    """Match as celpy does, without RE2's own words about a bad pattern on the screen."""
    options = re2.Options()
    options.log_errors = False
    try:
        return BoolType(re2.search(pattern, text, options) is not None)
    except re2.error as error:
        raise CELEvalError("no regular expression of RE2", re2.error, error.args) from error


_KUBERNETES: dict[str, CELFunction] = {
    "sum": _sum,
    "quantity": _quantity,
    "isGreaterThan": _is_greater,
    "contains": _contains,
    "matches": _matches,
}
"""What Kubernetes adds to CEL and our rules use; contains, which celpy has for texts of the object only; matches."""
