"""Where the rules of an object are: for whoever evaluates them without an API server."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fmops_api.meta import Model, Rule


class PlacedRule(NamedTuple):
    """A rule and the part that it judges: `part.to_manifest()` is its `self`."""

    path: str
    rule: Rule
    part: Model

    @property
    def transition(self) -> bool:
        """Say whether the rule compares with the stored object, so that it cannot be judged on a new one."""
        return "oldSelf" in self.rule.rule


def placed_rules(part: Model, path: str) -> Iterator[PlacedRule]:
    """Give every rule of a part and of what is below it, each with its path such as `spec.gates[0]`."""
    for rule in part.rules:
        yield PlacedRule(path, rule, part)
    for name, field in type(part).model_fields.items():
        yield from _below(getattr(part, name), f"{path}.{field.alias or name}")


def _below(value: Any, path: str) -> Iterator[PlacedRule]:
    if isinstance(value, Model):
        yield from placed_rules(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(item, f"{path}[{index}]")
