"""Metrics and slices that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, evaluation_run
from tests.crds.rows import Refused

LATENCY = {"name": "latency", "type": "Latency"}


def _metric(**fields: Any) -> Manifest:
    return evaluation_run(metrics=[{"name": "figure", **fields}])


ROWS = (
    Refused("no metrics", evaluation_run(metrics=[]), "spec.metrics", "should have at least 1 items"),
    Refused(
        "a metric that has not landed",
        _metric(type="BertScore"),
        "spec.metrics[0].type",
        'supported values: "ExactMatch"',
    ),
    Refused(
        "too many metrics",
        evaluation_run(metrics=[{"name": f"m{n}", "type": "Refusal"} for n in range(17)]),
        "spec.metrics",
        "at most 16 items",
    ),
    Refused(
        "a metric's name with a dot",
        _metric(name="f.1", type="Latency"),
        "spec.metrics[0].name",
        "must be letters and digits",
    ),
    Refused(
        "a metric with the name of a built-in",
        _metric(name="coverage", type="ExactMatch"),
        "spec.metrics[0]",
        "coverage, errors and truncated are built in: choose another name",
    ),
    Refused(
        "a metric with the name of the newest built-in",
        _metric(name="truncated", type="Refusal"),
        "spec.metrics[0]",
        "coverage, errors and truncated are built in: choose another name",
    ),
    Refused(
        "a metric of another type that is called cost",
        _metric(name="cost", type="ExactMatch"),
        "spec.metrics[0]",
        "cost is built in: choose another name for a metric of another type",
    ),
    Refused(
        "the same metric twice",
        evaluation_run(metrics=[LATENCY, LATENCY]),
        "spec.metrics[1]",
        "Duplicate value",
    ),
    Refused(
        "an average of an exact match",
        _metric(type="ExactMatch", average="Macro"),
        "spec.metrics[0]",
        "average belongs to type Classification",
    ),
    Refused(
        "a normalised classification",
        _metric(type="Classification", normalize="Squad"),
        "spec.metrics[0]",
        "normalize belongs to type ExactMatch, TokenF1 and WordErrorRate",
    ),
    Refused("a pattern of Rouge", _metric(type="Rouge", pattern="x"), "spec.metrics[0]", "pattern belongs to type"),
    Refused("a schema of Regex", _metric(type="Regex", pattern="x", schema={}), "spec.metrics[0]", "schema belongs to"),
    Refused(
        "an embedder of both kinds",
        _metric(type="Cosine", embedder={"name": "minilm", "static": "WordLlama"}),
        "spec.metrics[0].embedder",
        "set exactly one of name (a FoundationModel with task Embedding) or static (WordLlama, which needs none)",
    ),
    Refused(
        "an embedder of no kind",
        _metric(type="Cosine", embedder={}),
        "spec.metrics[0].embedder",
        "set exactly one of name (a FoundationModel with task Embedding) or static (WordLlama, which needs none)",
    ),
    Refused(
        "static vectors that nobody has",
        _metric(type="Cosine", embedder={"static": "Glove"}),
        "spec.metrics[0].embedder.static",
        'supported values: "WordLlama"',
    ),
    Refused(
        "a Cosine without one", _metric(type="Cosine"), "spec.metrics[0]", "type Cosine needs embedder: the Foundat"
    ),
    Refused(
        "an embedder of Rouge",
        _metric(type="Rouge", embedder={"name": "minilm"}),
        "spec.metrics[0]",
        "embedder belongs to type Cosine",
    ),
    Refused("a stemmer of Bleu", _metric(type="Bleu", stemmer="Porter"), "spec.metrics[0]", "stemmer belongs to type"),
    Refused("a tokenizer of Chrf", _metric(type="Chrf", tokenizer="13a"), "spec.metrics[0]", "tokenizer belongs to"),
    Refused(
        "a tolerance of an exact match",
        _metric(type="ExactMatch", tolerance={"absolute": "1"}),
        "spec.metrics[0]",
        "tolerance belongs to type Numeric",
    ),
    Refused(
        "a unit of Latency", _metric(type="Latency", unit="Words"), "spec.metrics[0]", "unit belongs to type Length"
    ),
    Refused("a variant of Bleu", _metric(type="Bleu", variant="L"), "spec.metrics[0]", "variant belongs to type Rouge"),
    Refused(
        "a threshold of Refusal",
        _metric(type="Refusal", threshold="0.5"),
        "spec.metrics[0]",
        "threshold belongs to type Toxicity",
    ),
    Refused(
        "a threshold in per cent",
        _metric(type="Toxicity", threshold="50"),
        "spec.metrics[0].threshold",
        "must be a fraction from 0 to 1",
    ),
    Refused("words of Rouge", _metric(type="Rouge", wordOrder=2), "spec.metrics[0]", "wordOrder belongs to type Chrf"),
    Refused("a Regex of nothing", _metric(type="Regex"), "spec.metrics[0]", "type Regex needs pattern: what to look"),
    Refused("a JsonSchema without one", _metric(type="JsonSchema"), "spec.metrics[0]", "type JsonSchema needs schema"),
    Refused("a length in no unit", _metric(type="Length"), "spec.metrics[0]", "type Length needs unit: Tokens, Words"),
    Refused(
        "a pattern that is none",
        _metric(type="Regex", pattern="(a"),
        "spec.metrics[0]",
        "pattern must be a regular expression as RE2 knows them",
    ),
    Refused(
        "a pattern with look-around",
        _metric(type="Regex", pattern="a(?=b)"),
        "spec.metrics[0]",
        "pattern must be a regular expression as RE2 knows them",
    ),
    Refused("an empty pattern", _metric(type="Regex", pattern=""), "spec.metrics[0].pattern", "should be at least 1"),
    Refused(
        "a tolerance of nothing",
        _metric(type="Numeric", tolerance={}),
        "spec.metrics[0].tolerance",
        "a tolerance needs absolute or relative",
    ),
    Refused(
        "a tolerance below zero",
        _metric(type="Numeric", tolerance={"absolute": "-1"}),
        "spec.metrics[0].tolerance.absolute",
        "must be a distance of zero or more, such as 0.01",
    ),
    Refused(
        "a variant as a number", _metric(type="Rouge", variant=1), "spec.metrics[0].variant", "must be of type string"
    ),
    Refused("three words of Chrf", _metric(type="Chrf", wordOrder=3), "spec.metrics[0].wordOrder", "or equal to 2"),
    Refused("slices by nothing", evaluation_run(slices=[]), "spec.slices", "should have at least 1 items"),
    Refused("slices by tag twice", evaluation_run(slices=["Tag", "Tag"]), "spec.slices[1]", "Duplicate value"),
    Refused("slices by length", evaluation_run(slices=["Length"]), "spec.slices[0]", 'values: "Tag", "Language"'),
)
