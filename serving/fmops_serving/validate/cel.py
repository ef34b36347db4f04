"""The CEL sentences of the CRDs, evaluated without an API server."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import celpy
from celpy.adapter import json_to_cel
from celpy.celtypes import BoolType, DoubleType, IntType, ListType, StringType
from celpy.evaluation import CELEvalError, CELFunction

from fmops_api.meta import Model
from fmops_api.rules import PlacedRule, placed_rules
from fmops_api.scalars import quantity
from fmops_serving.prompts.faults import Fault

_INDEX = re.compile(r"\[([0-9]+)\]")
_KEYS = ("name", "version", "id")


def broken_rules(part: Model, path: str, stored: Model | None = None) -> Iterator[Fault]:
    """Give the sentence of every rule that a part breaks; rules of change are judged when the stored part is known."""
    before = _parts_by_identity(stored, path) if stored else {}
    manifest = part.to_manifest()
    for placed in placed_rules(part, path):
        old = before.get(_identity(manifest, placed.path, path)) if placed.transition else None
        if (old is not None or not placed.transition) and not holds(placed, old):
            yield Fault(placed.path, placed.rule.message)


def holds(placed: PlacedRule, stored: Model | None) -> bool:
    """Evaluate one rule at its place; a rule that cannot be evaluated is broken, as it is to the API server."""
    names = {"self": json_to_cel(placed.part.to_manifest())}
    if stored is not None:
        names["oldSelf"] = json_to_cel(stored.to_manifest())
    try:
        return bool(_program(placed.rule.rule).evaluate(names))
    except CELEvalError:
        return False


def _parts_by_identity(stored: Model, path: str) -> dict[str, Model]:
    manifest = stored.to_manifest()
    return {_identity(manifest, placed.path, path): placed.part for placed in placed_rules(stored, path)}


def _identity(manifest: Any, path: str, root: str) -> str:
    """Name a place by the keys of list items instead of their positions, as the API server matches old and new."""
    node, named = manifest, ""
    for step in re.findall(r"\.[^.\[]+|\[[0-9]+\]", path.removeprefix(root)):
        if index := _INDEX.fullmatch(step):
            node = node[int(index[1])]
            named += f"[{[node.get(key) for key in _KEYS]}]" if isinstance(node, dict) else step
        else:
            node, named = node.get(step[1:]), named + step
    return named


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


_KUBERNETES: dict[str, CELFunction] = {
    "sum": _sum,
    "quantity": _quantity,
    "isGreaterThan": _is_greater,
    "contains": _contains,
}
"""What Kubernetes adds to CEL and our rules use; and contains, which celpy has for texts of the object only."""
