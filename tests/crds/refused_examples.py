"""Sources, example sets and examples that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, example_set, prompt_catalog, template
from tests.crds.rows import Refused

LIMIT = 65536
TOO_MUCH = "inline content is at most 65536 characters in total: move examples to a source"


def _set(**fields: Any) -> Manifest:
    return prompt_catalog(exampleSets=[example_set(**fields)])


def _example(**fields: Any) -> Manifest:
    return _set(examples=[{"id": "a1", "input": "hello", **fields}])


def _source(**fields: Any) -> Manifest:
    return prompt_catalog(sources=[{"name": "big", **fields}])


_MAP = {"name": "golden", "key": "examples.jsonl"}
_ONE_SOURCE = "set exactly one of configMap, objectStore or persistentVolumeClaim"


ROWS = (
    Refused("a source of nothing", _source(), "spec.sources[0]", _ONE_SOURCE),
    Refused(
        "a source in two places",
        _source(configMap=_MAP, objectStore={"uri": "s3://evals/a.jsonl"}),
        "spec.sources[0]",
        _ONE_SOURCE,
    ),
    Refused(
        "a bucket as a source",
        _source(objectStore={"uri": "s3://evals"}),
        "spec.sources[0].objectStore",
        "uri must name an object such as s3://evals/support.jsonl",
    ),
    Refused(
        "a folder of a bucket as a source",
        _source(objectStore={"uri": "s3://evals/v3/"}),
        "spec.sources[0].objectStore",
        "not a bucket or a folder",
    ),
    Refused(
        "a region of Google as a source",
        _source(objectStore={"uri": "gs://evals/a", "region": "us-east-1"}),
        "spec.sources[0].objectStore",
        "endpoint and region belong to s3://",
    ),
    Refused(
        "a claim without a file",
        _source(persistentVolumeClaim={"claimName": "evals"}),
        "spec.sources[0].persistentVolumeClaim.path",
        "",
    ),
    Refused(
        "a file beside its volume",
        _source(persistentVolumeClaim={"claimName": "evals", "path": "v3/../../a"}),
        "spec.sources[0].persistentVolumeClaim",
        "path must stay inside the volume",
    ),
    Refused(
        "a file with a '/' in front",
        _source(persistentVolumeClaim={"claimName": "evals", "path": "/v3/a"}),
        "spec.sources[0].persistentVolumeClaim.path",
        "without a '/' in front",
    ),
    Refused(
        "a ConfigMap that is looked at every hour",
        _source(configMap=_MAP, refreshInterval="1h"),
        "spec.sources[0]",
        "refreshInterval belongs to objectStore and persistentVolumeClaim",
    ),
    Refused(
        "a source that is read all the time",
        _source(objectStore={"uri": "s3://evals/a.jsonl"}, refreshInterval="59s"),
        "spec.sources[0]",
        "refreshInterval must be at least 1m",
    ),
    Refused(
        "a set of both kinds",
        prompt_catalog(
            sources=[{"name": "golden", "configMap": {"name": "golden", "key": "examples.jsonl"}}],
            exampleSets=[example_set(source="golden")],
        ),
        "spec.exampleSets[0]",
        "set exactly one of source or examples",
    ),
    Refused("a set of no kind", _set(examples=None), "spec.exampleSets[0]", "set exactly one of source or examples"),
    Refused(
        "a set from a source that is not there",
        _set(examples=None, source="golden"),
        "spec",
        "an example set names a source that is not in sources",
    ),
    Refused(
        "a set without examples", _set(examples=[]), "spec.exampleSets[0].examples", "should have at least 1 items"
    ),
    Refused("an unknown split", _set(split="Validation"), "spec.exampleSets[0].split", 'supported values: "Train"'),
    Refused(
        "a set in no language", _set(language="Deutsch!"), "spec.exampleSets[0].language", "must be a language tag"
    ),
    Refused(
        "an example with a class that is not among the set's",
        _set(labels=["billing", "refund"]),
        "spec.exampleSets[0]",
        "labels names all classes: an example has a label that is not among them",
    ),
    Refused("an example's id with a slash", _example(id="a/1"), "spec.exampleSets[0].examples[0].id", "should match"),
    Refused(
        "an example of nothing",
        _set(examples=[{"id": "a1"}]),
        "spec.exampleSets[0].examples[0]",
        "an example needs input or variables",
    ),
    Refused(
        "the same example twice",
        _set(examples=[{"id": "a1", "input": "x"}, {"id": "a1", "input": "y"}]),
        "spec.exampleSets[0].examples[1]",
        "Duplicate value",
    ),
    Refused(
        "a polarity in between",
        _example(polarity="Neutral"),
        "spec.exampleSets[0].examples[0].polarity",
        'supported values: "Positive", "Negative"',
    ),
    Refused(
        "a provenance of nobody",
        _example(provenance={"by": "desk"}),
        "spec.exampleSets[0].examples[0].provenance.kind",
        "Required value",
    ),
    Refused(
        "a day in words",
        _example(provenance={"kind": "Human", "at": "yesterday"}),
        "spec.exampleSets[0].examples[0].provenance.at",
        "should match",
    ),
    Refused("an empty class", _example(label=""), "spec.exampleSets[0].examples[0].label", "at least 1 chars long"),
    Refused(
        "a tag with a space", _example(tags=["two words"]), "spec.exampleSets[0].examples[0].tags[0]", "should match"
    ),
    Refused(
        "too many examples in a set",
        _set(examples=[{"id": f"a{n}", "input": "x"} for n in range(501)]),
        "spec.exampleSets[0].examples",
        "must have at most 500 items",
    ),
    Refused(
        "messages and examples beyond 64 KiB together",
        prompt_catalog(
            templates=[template(messages=[{"role": "User", "content": "x" * (LIMIT // 2)}])],
            exampleSets=[example_set(examples=[{"id": "a1", "input": "y" * (LIMIT // 2 + 1)}])],
        ),
        "spec",
        TOO_MUCH,
    ),
    Refused(
        "five hundred examples beyond 64 KiB together",
        _set(examples=[{"id": f"a{n}", "input": "x" * 100, "references": ["y" * 40]} for n in range(500)]),
        "spec",
        TOO_MUCH,
    ),
    Refused(
        "a source without a key",
        prompt_catalog(sources=[{"name": "golden", "configMap": {"name": "golden"}}]),
        "spec.sources[0].configMap.key",
        "Required value",
    ),
)
