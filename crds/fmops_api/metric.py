"""A metric of an evaluation: its fields, what belongs to which type, and what is meant where nothing is said."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from fmops_api.meta import Model, Rule
from fmops_api.metrictype import (
    Average,
    BleuTokenizer,
    LengthUnit,
    MetricType,
    Normalize,
    RougeVariant,
    Stemmer,
)
from fmops_api.scalars import Fraction, ObjectName, Shape

FigureName = Annotated[
    str, Field(max_length=40), Shape(r"[a-zA-Z][a-zA-Z0-9]*", "must be letters and digits, starting with a letter")
]
Distance = Annotated[
    str, Field(max_length=32), Shape(r"[0-9]+(\.[0-9]+)?", "must be a distance of zero or more, such as 0.01")
]


class Tolerance(Model):
    """How far a number may be off; within one of the two is enough."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.absolute) || has(self.relative)", "a tolerance needs absolute or relative"),
    )

    absolute: Distance | None = Field(default=None, description="Distance from the right number, such as 0.5.")
    relative: Distance | None = Field(
        default=None, description="Distance as a share of the right number, such as 0.01 for 1 %."
    )


class StaticVectors(StrEnum):
    """Vectors of words that a package holds."""

    WORD_LLAMA = "WordLlama"


class Embedder(Model):
    """What turns texts into vectors: a FoundationModel, or vectors of words that need none."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.name) != has(self.static)",
            "set exactly one of name (a FoundationModel with task Embedding) or static (WordLlama, which needs none)",
        ),
    )

    name: ObjectName | None = Field(
        default=None, description="FoundationModel of the same namespace, with task Embedding."
    )
    static: StaticVectors | None = Field(
        default=None,
        description="WordLlama: the mean of fixed vectors of a text's words, without a model to serve. English only, "
        "and blind to the order of words; the runner needs the extra `static`.",
    )


_OF_TYPES = {
    "average": (MetricType.CLASSIFICATION,),
    "embedder": (MetricType.COSINE,),
    "normalize": (MetricType.EXACT_MATCH, MetricType.TOKEN_F1, MetricType.WORD_ERROR_RATE),
    "pattern": (MetricType.REGEX,),
    "schema": (MetricType.JSON_SCHEMA,),
    "stemmer": (MetricType.ROUGE,),
    "threshold": (MetricType.TOXICITY,),
    "tokenizer": (MetricType.BLEU,),
    "tolerance": (MetricType.NUMERIC,),
    "unit": (MetricType.LENGTH,),
    "variant": (MetricType.ROUGE,),
    "wordOrder": (MetricType.CHRF,),
}
_NEEDED = {
    MetricType.COSINE: ("embedder", "the FoundationModel or the static vectors that turn texts into vectors"),
    MetricType.REGEX: ("pattern", "what to look for in an answer"),
    MetricType.JSON_SCHEMA: ("schema", "what a JSON answer must look like"),
    MetricType.LENGTH: ("unit", "Tokens, Words or Characters"),
}


def _belongs(field: str, types: tuple[MetricType, ...]) -> Rule:
    listed = ", ".join(f"'{name}'" for name in types)
    *others, last = types
    named = f"{', '.join(others)} and {last}" if others else last
    return Rule(f"!has(self.{field}) || self.type in [{listed}]", f"{field} belongs to type {named}")


class Metric(Model):
    """A figure to measure. Parts of it are named `<name>.<part>` in results and gates."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *(_belongs(field, types) for field, types in _OF_TYPES.items()),
        *(
            Rule(f"self.type != '{name}' || has(self.{field})", f"type {name} needs {field}: {what}")
            for name, (field, what) in _NEEDED.items()
        ),
        Rule(
            "has(self.pattern) ? ''.matches(self.pattern) in [true, false] : true",
            "pattern must be a regular expression as RE2 knows them: without look-around and back-references",
        ),
        Rule(
            "!(self.name in ['coverage', 'errors', 'truncated'])",
            "coverage, errors and truncated are built in: choose another name",
        ),
        Rule(
            "self.name != 'cost' || self.type == 'Cost'",
            "cost is built in: choose another name for a metric of another type",
        ),
    )

    name: FigureName = Field(description="Name of the figure in results and gates.")
    type: MetricType = Field(
        description="ExactMatch: share of answers equal to a reference or label. Numeric: share whose last number is "
        "right. Regex: share that pattern matches. JsonSchema: share that are JSON of the schema, with part parsed. "
        "Classification: F1, with parts accuracy, precision, recall and invalidRate. TokenF1: mean F1 of words, as in "
        "SQuAD. Rouge: mean F-measure, with parts precision and recall. Bleu, Chrf: of the whole corpus, 0 to 100. "
        "WordErrorRate: wrong words per reference word. Cosine: mean similarity to the nearest reference, as an "
        "embedder sees it, -1 to 1. Length: mean, with parts p50 and p95. Refusal: share that refuse. Toxicity: "
        "share whose score is above threshold, with part mean. Latency: seconds, in parts timeToFirstToken, "
        "betweenTokens and request, each with p50, p95 and p99. Cost: mean price "
        "of an answer, by the tokens that the endpoint counts and prices of the card or of spec.prices."
    )
    average: Average | None = Field(
        default=None, description="How F1 of the classes becomes one figure; Macro when left out."
    )
    embedder: Embedder | None = Field(
        default=None,
        description="For Cosine: what turns texts into vectors. Figures by two embedders are not comparable: the "
        "signature names it.",
    )
    normalize: Normalize | None = Field(
        default=None,
        description="What is made equal before texts are compared: None, Strip (outer white space), Words (case, "
        "punctuation, white space), Squad (the same and English articles) or Multilingual (the same with the articles "
        "of the example set's language). Squad for TokenF1 and None for others when left out.",
    )
    pattern: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="For Regex: found anywhere in the answer, unless ^ and $ say where. RE2 syntax."
    )
    json_schema: Annotated[dict[str, Any], Field(max_length=64)] | None = Field(
        default=None,
        alias="schema",
        description="For JsonSchema: JSON Schema, draft 2020-12 unless $schema says which; $ref inside it only.",
        json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
    )
    stemmer: Stemmer | None = Field(
        default=None, description="For Rouge: None, or Porter for English words; None when left out."
    )
    threshold: Fraction | None = Field(
        default=None,
        description="For Toxicity: an answer with a higher score is toxic; scores go from 0 to 1; 0.5 when left out.",
    )
    tokenizer: BleuTokenizer | None = Field(
        default=None, description="For Bleu: sacrebleu's 13a, Intl, Zh (Chinese) or Char; 13a when left out."
    )
    tolerance: Tolerance | None = Field(
        default=None, description="For Numeric: how far a number may be off; not at all when left out."
    )
    unit: LengthUnit | None = Field(
        default=None,
        description="For Length: Tokens (as the endpoint counts them, reasoning too), Words or Characters.",
    )
    variant: RougeVariant | None = Field(
        default=None, description="For Rouge: 1, 2, L or Lsum (L over lines); L when left out."
    )
    word_order: Annotated[int, Field(strict=True, ge=0, le=2)] | None = Field(
        default=None, description="For Chrf: longest run of words that counts as well; 0 when left out, 2 is chrF++."
    )


_DEFAULTS: dict[MetricType, dict[str, Any]] = {
    MetricType.CLASSIFICATION: {"average": Average.MACRO},
    MetricType.EXACT_MATCH: {"normalize": Normalize.NONE},
    MetricType.TOKEN_F1: {"normalize": Normalize.SQUAD},
    MetricType.WORD_ERROR_RATE: {"normalize": Normalize.NONE},
    MetricType.ROUGE: {"variant": RougeVariant.LONGEST, "stemmer": Stemmer.NONE},
    MetricType.BLEU: {"tokenizer": BleuTokenizer.MTEVAL_13A},
    MetricType.CHRF: {"word_order": 0},
    MetricType.TOXICITY: {"threshold": "0.5"},
}


def spelled_out(metric: Metric) -> Metric:
    """Write defaults down, so that a default that is written makes no new hash and no scorer has one of its own."""
    meant = {name: value for name, value in _DEFAULTS.get(metric.type, {}).items() if getattr(metric, name) is None}
    return metric.model_copy(update=meant)
