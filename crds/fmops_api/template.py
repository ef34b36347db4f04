"""A prompt as a template: its messages, the values it needs, how its answer is drawn and which shape that has."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictBool

from fmops_api.meta import AS_SET, AS_WHOLE, FREE, Model, Rule, keyed
from fmops_api.scalars import Identifier, Label, PointerLabel, SomeFraction, Temperature, Version


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "System"
    USER = "User"
    ASSISTANT = "Assistant"


class Message(Model):
    """One message of a prompt."""

    role: Role = Field(description="Who speaks.")
    content: Annotated[str, Field(min_length=1, max_length=65536)] = Field(
        description="Text, as a Jinja template over the variables; their values are data and never rendered."
    )


class VariableType(StrEnum):
    """What values a variable takes."""

    STRING = "String"
    INTEGER = "Integer"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    LIST = "List"


class Trust(StrEnum):
    """Where the values of a variable come from."""

    USER = "User"
    SYSTEM = "System"


_JINJA_WORDS = ["true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else", "loop"]


class Variable(Model):
    """A value that a template needs."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("!has(self.maxLength) || self.type == 'String'", "maxLength belongs to type String"),
        Rule(
            f"!(self.name in {_JINJA_WORDS})",
            "name is a word of the template language: choose another one",
        ),
    )

    name: Identifier = Field(description="Name in the template.")
    type: VariableType = Field(default=VariableType.STRING, description="What values it takes.")
    required: StrictBool = Field(
        default=True, description="Whether a value must be given; an optional one is empty text."
    )
    max_length: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Longest value, in characters; a longer one is refused, never cut."
    )
    trust: Trust = Field(
        default=Trust.USER,
        description="User: text from outside, in which control characters are refused. System: text that we wrote.",
    )


class Generation(Model):
    """How the answer is drawn."""

    temperature: Temperature | None = Field(
        default=None, description="Sampling temperature; the engine's when left out."
    )
    top_p: SomeFraction | None = Field(default=None, description="Nucleus sampling; the engine's when left out.")
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Longest answer, in tokens."
    )
    stop: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=8)] | None = Field(
        default=None, description="Texts that end the answer.", json_schema_extra=AS_WHOLE
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] | None = Field(
        default=None, description="Seed of the sampling."
    )


HAS_USER = Rule("self.messages.exists(m, m.role == 'User')", "messages needs a message with role User")


class VariantSelector(Model):
    """Which models a variant is for."""

    family: Label = Field(
        description="Family of the model, such as llama: its card.family, else the first word of its architecture."
    )


class Variant(Model):
    """Other messages for models of one family, with the same variables and the same wishes."""

    rules: ClassVar[tuple[Rule, ...]] = (HAS_USER,)

    selector: VariantSelector = Field(description="Which models it is for.")
    messages: Annotated[list[Message], Field(min_length=1, max_length=32)] = Field(
        description="The messages, instead of the template's own.", json_schema_extra=AS_WHOLE
    )


class Template(Model):
    """A prompt: (name, version) never changes once accepted; labels are pointers that move."""

    rules: ClassVar[tuple[Rule, ...]] = (
        HAS_USER,
        Rule(
            "has(self.variants) ? self.variants.all(v, self.variants.exists_one(w,"
            " w.selector.family == v.selector.family)) : true",
            "two variants are for the same family: leave one",
        ),
        Rule(
            "self.messages == oldSelf.messages"
            " && has(self.variables) == has(oldSelf.variables)"
            " && (!has(self.variables) || self.variables == oldSelf.variables)"
            " && has(self.generation) == has(oldSelf.generation)"
            " && (!has(self.generation) || self.generation == oldSelf.generation)"
            " && has(self.variants) == has(oldSelf.variants)"
            " && (!has(self.variants) || self.variants == oldSelf.variants)"
            " && has(self.outputSchema) == has(oldSelf.outputSchema)"
            " && (!has(self.outputSchema) || self.outputSchema == oldSelf.outputSchema)",
            "a template's (name, version) is immutable: add a new version instead",
        ),
    )

    name: Label = Field(description="Name of the prompt.")
    version: Version = Field(description="Version; a changed prompt gets a new one.")
    labels: Annotated[list[PointerLabel], Field(max_length=4)] | None = Field(
        default=None,
        description="Pointers to this version, such as production; each stands on one version of a name.",
        json_schema_extra=AS_SET,
    )
    messages: Annotated[list[Message], Field(min_length=1, max_length=32)] = Field(
        description="The messages.", json_schema_extra=AS_WHOLE
    )
    variables: Annotated[list[Variable], Field(max_length=32)] | None = Field(
        default=None, description="The values that it needs.", json_schema_extra=keyed("name")
    )
    variants: Annotated[list[Variant], Field(max_length=8)] | None = Field(
        default=None,
        description="Other messages for models of a family; a model of none gets the template's own.",
        json_schema_extra=AS_WHOLE,
    )
    generation: Generation | None = Field(default=None, description="How the answer is drawn.")
    output_schema: Annotated[dict[str, Any], Field(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="JSON schema that every answer follows; sent as response_format, at most 16 KiB.",
        json_schema_extra=FREE,
    )
