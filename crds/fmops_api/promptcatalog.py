"""PromptCatalog: versioned prompts, rubrics and labelled examples, released together under one digest."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictBool

from fmops_api.inline import INLINE_WITHIN_LIMIT
from fmops_api.meta import (
    AS_SET,
    AS_WHOLE,
    Column,
    ConfigMapKeyReference,
    Model,
    Names,
    Resource,
    Rule,
    keyed,
)
from fmops_api.promptcatalogstatus import Bundle, Counts, PromptCatalogStatus, SourceStatus
from fmops_api.rubric import Criterion, Rubric, Scale
from fmops_api.scalars import Identifier, Label, Language, PointerLabel, SomeFraction, Temperature, Version

__all__ = [
    "Bundle",
    "CatalogSource",
    "ClassLabel",
    "Content",
    "Counts",
    "Criterion",
    "Example",
    "ExampleId",
    "ExampleSet",
    "Generation",
    "Judgement",
    "Message",
    "PromptCatalog",
    "PromptCatalogSpec",
    "PromptCatalogStatus",
    "Role",
    "Rubric",
    "Scale",
    "SourceStatus",
    "Split",
    "Tag",
    "Template",
    "Trust",
    "Variable",
    "VariableType",
]

ExampleId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f/@]+$")]
Tag = Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
ClassLabel = Annotated[str, Field(min_length=1, max_length=128)]
Content = Annotated[str, Field(max_length=65536)]


class CatalogSource(Model):
    """Examples that are too many to stand in the object itself."""

    name: Label = Field(description="Name that example sets call it by.")
    config_map: ConfigMapKeyReference = Field(
        description="Key of a ConfigMap that holds JSON lines, one example a line."
    )


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


class Template(Model):
    """A prompt: (name, version) never changes once accepted; labels are pointers that move."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("self.messages.exists(m, m.role == 'User')", "messages needs a message with role User"),
        Rule(
            "self.messages == oldSelf.messages"
            " && has(self.variables) == has(oldSelf.variables)"
            " && (!has(self.variables) || self.variables == oldSelf.variables)"
            " && has(self.generation) == has(oldSelf.generation)"
            " && (!has(self.generation) || self.generation == oldSelf.generation)",
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
    generation: Generation | None = Field(default=None, description="How the answer is drawn.")


class Split(StrEnum):
    """What a set of examples is for."""

    TRAIN = "Train"
    DEV = "Dev"
    TEST = "Test"


class Judgement(Model):
    """An answer and the scores that people gave it: what a judge is held against."""

    output: Content = Field(description="The answer that was scored.")
    scores: Annotated[
        dict[Annotated[str, Field(max_length=63)], Annotated[int, Field(strict=True, ge=0, le=100)]],
        Field(min_length=1, max_length=16),
    ] = Field(description="Scores by criterion of the rubric, such as helpfulness: 4.")


class Example(Model):
    """One example: what goes in, and what should come out."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.input) || has(self.variables)", "an example needs input or variables"),
    )

    id: ExampleId = Field(description="Name of the example, unique in its set.")
    input: Content | None = Field(default=None, description="Value of the variable `input`.")
    variables: Annotated[dict[str, Any], Field(max_length=32)] | None = Field(
        default=None,
        description="Values of the template's variables.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    )
    references: Annotated[list[Content], Field(max_length=16)] | None = Field(
        default=None,
        description="Good answers; the best match counts.",
        json_schema_extra=AS_WHOLE,
    )
    label: ClassLabel | None = Field(default=None, description="Right class, for Classification.")
    judgement: Judgement | None = Field(
        default=None, description="An answer scored by people, for the calibration of judges."
    )
    tags: Annotated[list[Tag], Field(max_length=16)] | None = Field(
        default=None, description="Words to slice results by.", json_schema_extra=AS_SET
    )


class ExampleSet(Model):
    """Examples that belong together: inline, or from a source."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.source) != has(self.examples)", "set exactly one of source or examples"),
        Rule(
            "has(self.labels) && has(self.examples)"
            " ? self.examples.all(e, has(e.label) ? e.label in self.labels : true) : true",
            "labels names all classes: an example has a label that is not among them",
        ),
    )

    name: Label = Field(description="Name of the set.")
    source: Label | None = Field(default=None, description="Name of an entry of sources.")
    split: Split = Field(default=Split.TEST, description="What the set is for.")
    language: Language | None = Field(default=None, description="Language of the examples, as a BCP 47 tag.")
    labels: Annotated[list[ClassLabel], Field(max_length=100)] | None = Field(
        default=None,
        description="All classes, for Classification; those of the examples when left out.",
        json_schema_extra=AS_SET,
    )
    examples: Annotated[list[Example], Field(min_length=1, max_length=500)] | None = Field(
        default=None,
        description="Inline examples; larger sets come from sources.",
        json_schema_extra=keyed("id"),
    )


class PromptCatalogSpec(Model):
    """The prompts, rubrics and examples."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.exampleSets) ? self.exampleSets.all(s, has(s.source)"
            " ? (has(self.sources) ? self.sources.exists(o, o.name == s.source) : false) : true) : true",
            "an example set names a source that is not in sources",
        ),
        Rule(
            "has(self.templates) ? self.templates.all(t, has(t.labels) ? self.templates.all(u,"
            " u.name == t.name && u.version != t.version && has(u.labels)"
            " ? !u.labels.exists(l, l in t.labels) : true) : true) : true",
            "a label stands on one version of a name: remove it from the other version",
        ),
        Rule(
            " || ".join(
                f"(has(self.{part}) && size(self.{part}) > 0)" for part in ("templates", "rubrics", "exampleSets")
            ),
            "an empty catalogue: give templates, rubrics or exampleSets",
        ),
        INLINE_WITHIN_LIMIT,
    )

    sources: Annotated[list[CatalogSource], Field(max_length=16)] | None = Field(
        default=None, description="Where bulky examples come from.", json_schema_extra=keyed("name")
    )
    templates: Annotated[list[Template], Field(max_length=64)] | None = Field(
        default=None, description="The prompts.", json_schema_extra=keyed("name", "version")
    )
    rubrics: Annotated[list[Rubric], Field(max_length=32)] | None = Field(
        default=None,
        description="How answers are scored by people and judges.",
        json_schema_extra=keyed("name", "version"),
    )
    example_sets: Annotated[list[ExampleSet], Field(max_length=32)] | None = Field(
        default=None, description="The examples.", json_schema_extra=keyed("name")
    )


class PromptCatalog(Resource[PromptCatalogSpec, PromptCatalogStatus]):
    """Versioned prompts, rubrics and labelled examples, released together under one digest."""

    kind_name: ClassVar[str] = "PromptCatalog"
    names: ClassVar[Names] = Names("promptcatalogs", "promptcatalog", "pcat")
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "Ready", "string", ".status.conditions[?(@.type=='Ready')].status", "Whether the catalogue is in force."
        ),
        Column("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", "Why."),
        Column("Templates", "integer", ".status.counts.templates", "Prompts, each version counted."),
        Column("Labelled", "integer", ".status.counts.labelled", "Examples with a label or references."),
        Column("Bundle", "string", ".status.bundle.configMap", "Immutable ConfigMap in force."),
        Column("Age", "date", ".metadata.creationTimestamp", "When the object was made."),
        Column("Message", "string", ".status.conditions[?(@.type=='Ready')].message", "Why, in a sentence.", 1),
    )
