"""A chain: prompts that build on each other's answers."""

from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import AS_SET, LocalReference, Model, Rule, keyed
from fmops_api.scalars import Identifier, Label, PointerLabel, PromptReference, Shape, Version

OUTPUT = r"\{\{ *steps\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.output *\}\}"
"""How an input names the answer of a step; the group is the step's name."""
StepInput = Annotated[
    str,
    Field(min_length=1, max_length=512),
    Shape(
        rf"([^{{]|\{{[^{{%#]|{OUTPUT})*\{{?",
        "must be text in which only {{ steps.NAME.output }} stands in braces, such as {{ steps.extract.output }}",
    ),
]


class ChainStep(Model):
    """One prompt of a chain."""

    name: Label = Field(description="Name of the step, unique in its chain.")
    template: PromptReference = Field(description="Prompt to ask, as name@version or name@label.")
    inputs: Annotated[dict[Identifier, StepInput], Field(min_length=1, max_length=16)] | None = Field(
        default=None,
        description="Variables of the template that are made of answers of other steps, as {{ steps.NAME.output }};"
        " the others have the example's values.",
    )
    model: LocalReference | None = Field(
        default=None, description="FoundationModel that answers this step; the candidate when left out."
    )


class Chain(Model):
    """Prompts that build on each other's answers: (name, version) never changes once accepted."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("self.steps == oldSelf.steps", "a chain's (name, version) is immutable: add a new version instead"),
    )

    name: Label = Field(description="Name of the chain.")
    version: Version = Field(description="Version; a changed chain gets a new one.")
    labels: Annotated[list[PointerLabel], Field(max_length=4)] | None = Field(
        default=None,
        description="Pointers to this version, such as production; each stands on one version of a name.",
        json_schema_extra=AS_SET,
    )
    steps: Annotated[list[ChainStep], Field(min_length=1, max_length=8)] = Field(
        description="The prompts, in any order: each is asked when what it reads is there. The answer of the one that"
        " no other reads is the chain's.",
        json_schema_extra=keyed("name"),
    )
