"""Label selectors as Kubernetes has them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, AS_WHOLE, Model, Rule
from fmops_api.scalars import LabelKey, LabelValue


class SelectorOperator(StrEnum):
    """What must hold of a label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class Requirement(Model):
    """What must hold of one label."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            "In and NotIn need values; Exists and DoesNotExist take none",
        ),
    )

    key: LabelKey = Field(description="Key of the label.")
    operator: SelectorOperator = Field(description="In, NotIn, Exists or DoesNotExist.")
    values: Annotated[list[LabelValue], Field(max_length=32)] | None = Field(
        default=None, description="Values for In and NotIn.", json_schema_extra=AS_SET
    )

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Say whether it holds; NotIn holds for an object without the label, as in Kubernetes."""
        there, fits = self.key in labels, labels.get(self.key) in (self.values or [])
        return {
            SelectorOperator.IN: there and fits,
            SelectorOperator.NOT_IN: not (there and fits),
            SelectorOperator.EXISTS: there,
            SelectorOperator.DOES_NOT_EXIST: not there,
        }[self.operator]


class LabelSelector(Model):
    """Objects by their labels; everything that is said must hold."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.matchLabels) && size(self.matchLabels) > 0"
            " || has(self.matchExpressions) && size(self.matchExpressions) > 0",
            "an empty selector would match everything: give matchLabels or matchExpressions",
        ),
    )

    match_labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=16)] | None = Field(
        default=None, description="Labels that an object must have."
    )
    match_expressions: Annotated[list[Requirement], Field(max_length=16)] | None = Field(
        default=None, description="What else must hold of its labels.", json_schema_extra=AS_WHOLE
    )

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether an object with these labels is meant."""
        wanted = self.match_labels or {}
        return wanted.items() <= labels.items() and all(r.holds(labels) for r in self.match_expressions or ())
