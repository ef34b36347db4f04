"""PromptCatalog: versioned prompts, rubrics and labelled examples, released together under one digest."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from fmops_api.catalogsource import CatalogSource
from fmops_api.chain import Chain, ChainStep
from fmops_api.inline import INLINE_WITHIN_LIMIT
from fmops_api.meta import (
    AS_SET,
    AS_WHOLE,
    Column,
    Model,
    Names,
    Resource,
    Rule,
    keyed,
)
from fmops_api.promptcatalogstatus import Bundle, Counts, PromptCatalogStatus, SourceStatus
from fmops_api.provenance import Origin, Polarity, Provenance
from fmops_api.rubric import Criterion, Rubric, Scale
from fmops_api.scalars import Label, Language
from fmops_api.template import (
    Generation,
    Message,
    Role,
    Template,
    Trust,
    Variable,
    VariableType,
    Variant,
    VariantSelector,
)

__all__ = [
    "Bundle",
    "CatalogSource",
    "Chain",
    "ChainStep",
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
    "Origin",
    "Polarity",
    "PromptCatalog",
    "PromptCatalogSpec",
    "PromptCatalogStatus",
    "Provenance",
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
    "Variant",
    "VariantSelector",
]

ExampleId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f/@]+$")]
Tag = Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
ClassLabel = Annotated[str, Field(min_length=1, max_length=128)]
Content = Annotated[str, Field(max_length=65536)]


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


class Better(StrEnum):
    """Which of two answers is better."""

    A = "A"
    B = "B"
    TIE = "Tie"


class Comparison(Model):
    """Two answers, and which one people hold for the better: what a judge that compares is held against."""

    a: Content = Field(description="One answer.")
    b: Content = Field(description="The other answer.")
    better: Better = Field(description="A, B, or Tie when neither is.")


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
        description="Good answers, of which the best match counts; bad ones when polarity is Negative.",
        json_schema_extra=AS_WHOLE,
    )
    label: ClassLabel | None = Field(default=None, description="Right class, for Classification.")
    polarity: Polarity | None = Field(
        default=None,
        description="Positive: references are good answers, as when left out. Negative: they are answers that must not"
        " be given, and no metric takes them for good ones.",
    )
    provenance: Provenance | None = Field(default=None, description="Where the example comes from.")
    judgement: Judgement | None = Field(
        default=None, description="An answer scored by people, for the calibration of Pointwise judges."
    )
    comparison: Comparison | None = Field(
        default=None, description="Two answers compared by people, for the calibration of Pairwise judges."
    )
    tags: Annotated[list[Tag], Field(max_length=16)] | None = Field(
        default=None, description="Words to slice results by.", json_schema_extra=AS_SET
    )
    cluster: Tag | None = Field(
        default=None,
        description="What the example shares with others, such as the document it was made from: together they count "
        "for less than as many strangers in every interval.",
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
            "has(self.chains) ? self.chains.all(c, has(c.labels) ? self.chains.all(d,"
            " d.name == c.name && d.version != c.version && has(d.labels)"
            " ? !d.labels.exists(l, l in c.labels) : true) : true) : true",
            "a label stands on one version of a chain: remove it from the other version",
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
    chains: Annotated[list[Chain], Field(max_length=16)] | None = Field(
        default=None,
        description="Prompts that build on each other's answers.",
        json_schema_extra=keyed("name", "version"),
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
        Column("Used by", "integer", ".status.users", "Evaluations that name it.", 1),
        Column("Bundle", "string", ".status.bundle.configMap", "Immutable ConfigMap in force."),
        Column("Age", "date", ".metadata.creationTimestamp", "When the object was made."),
        Column("Message", "string", ".status.conditions[?(@.type=='Ready')].message", "Why, in a sentence.", 1),
    )
