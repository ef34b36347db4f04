"""Which models a run compares: named ones, those that a selector matches, less those that break a constraint."""

from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.labelselector import LabelSelector
from fmops_api.meta import AS_SET, LocalReference, Model, Rule, keyed

MOST_CANDIDATES = 20
Constraint = Annotated[str, Field(min_length=1, max_length=512)]


class Candidates(Model):
    """The models that are compared."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.models) || has(self.selector)", "name at least one model, or give a selector"),
    )

    models: Annotated[list[LocalReference], Field(min_length=1, max_length=MOST_CANDIDATES)] | None = Field(
        default=None,
        description="FoundationModels of the same namespace, each once.",
        json_schema_extra=keyed("name"),
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="FoundationModels of the same namespace by their labels, beside the named ones; models that come "
        "or go change the run's inputs. Those whose task is not Chat or Completion are excluded.",
    )
    constraints: Annotated[list[Constraint], Field(max_length=16)] | None = Field(
        default=None,
        description="CEL over `card`, such as card.license.commercialUse == 'Allowed'; each must be true of a model, "
        "named or selected, or it is excluded with the reason. What the card does not say is not true.",
        json_schema_extra=AS_SET,
    )

    @property
    def named(self) -> list[str]:
        """Give the names of the models that are named."""
        return [reference.name for reference in self.models or ()]
