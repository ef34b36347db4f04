"""PromptCatalogs that must be refused."""

from typing import Any

from tests.crds.objects import Manifest, example_set, prompt_catalog, rubric, template
from tests.crds.rows import Refused

LIMIT = 65536
TOO_MUCH = "inline content is at most 65536 characters in total: move examples to a source"


def _template(**fields: Any) -> Manifest:
    return prompt_catalog(templates=[template(**fields)])


def _variable(**fields: Any) -> Manifest:
    return _template(variables=[{"name": "input", **fields}])


def _generation(**fields: Any) -> Manifest:
    return _template(generation=fields)


def _rubric(anchors: dict[str, str], **fields: Any) -> Manifest:
    criterion = {"name": "helpfulness", "description": "Does it help?", "anchors": anchors}
    return prompt_catalog(rubrics=[rubric(criteria=[criterion], **fields)])


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
        "a catalogue of nothing", prompt_catalog(templates=None), "spec", "an empty catalogue: give templates, rubrics"
    ),
    Refused("a catalogue of empty lists", prompt_catalog(templates=[]), "spec", "an empty catalogue: give templates"),
    Refused(
        "a template's name in capitals",
        _template(name="Triage"),
        "spec.templates[0].name",
        "must be lower-case letters",
    ),
    Refused(
        "an empty name", _template(name=""), "spec.templates[0].name", "must be lower-case letters, digits and '-'"
    ),
    Refused("a name in Greek", _template(name="τριάζ"), "spec.templates[0].name", "must be lower-case letters, digits"),
    Refused("a template without a version", _template(version=None), "spec.templates[0].version", "Required value"),
    Refused("version zero", _template(version=0), "spec.templates[0].version", "greater than or equal to 1"),
    Refused("a version as text", _template(version="v1"), "spec.templates[0].version", "must be of type integer"),
    Refused(
        "the same version twice",
        prompt_catalog(templates=[template(), template()]),
        "spec.templates[1]",
        "Duplicate value",
    ),
    Refused(
        "a label on two versions",
        prompt_catalog(templates=[template(labels=["production"]), template(version=2, labels=["production"])]),
        "spec",
        "a label stands on one version of a name: remove it from the other version",
    ),
    Refused(
        "a label that looks like a version",
        _template(labels=["2"]),
        "spec.templates[0].labels[0]",
        "starting with a letter, so that it is no version",
    ),
    Refused("a label twice", _template(labels=["a", "a"]), "spec.templates[0].labels[1]", "Duplicate value"),
    Refused("no messages", _template(messages=[]), "spec.templates[0].messages", "should have at least 1 items"),
    Refused(
        "an empty message",
        _template(messages=[{"role": "User", "content": ""}]),
        "spec.templates[0].messages[0].content",
        "at least 1 chars long",
    ),
    Refused(
        "a role in small letters",
        _template(messages=[{"role": "user", "content": "x"}]),
        "spec.templates[0].messages[0].role",
        'supported values: "System", "User", "Assistant"',
    ),
    Refused(
        "a system prompt that nobody answers",
        _template(messages=[{"role": "System", "content": "Be kind."}]),
        "spec.templates[0]",
        "messages needs a message with role User",
    ),
    Refused(
        "a variable with a dash",
        _variable(name="ticket-text"),
        "spec.templates[0].variables[0].name",
        "must be a variable name: letters, digits and '_'",
    ),
    Refused(
        "a variable that is a word of Jinja",
        _variable(name="if"),
        "spec.templates[0].variables[0]",
        "name is a word of the template language: choose another one",
    ),
    Refused(
        "a longest number",
        _variable(type="Integer", maxLength=3),
        "spec.templates[0].variables[0]",
        "maxLength belongs to type String",
    ),
    Refused(
        "the same variable twice",
        _template(variables=[{"name": "a"}, {"name": "a"}]),
        "spec.templates[0].variables[1]",
        "Duplicate value",
    ),
    Refused(
        "a temperature above two",
        _generation(temperature="2.5"),
        "spec.templates[0].generation.temperature",
        "must be a temperature from 0 to 2, such as 0.7",
    ),
    Refused(
        "a temperature as a number",
        _generation(temperature=0.7),
        "spec.templates[0].generation.temperature",
        "must be of type string",
    ),
    Refused(
        "a nucleus of nothing", _generation(topP="0"), "spec.templates[0].generation.topP", "must be more than zero"
    ),
    Refused("an answer of no tokens", _generation(maxTokens=0), "spec.templates[0].generation.maxTokens", "equal to 1"),
    Refused("an empty stop", _generation(stop=[""]), "spec.templates[0].generation.stop[0]", "at least 1 chars long"),
    Refused(
        "a seed beyond 31 bits",
        _generation(seed=2**31),
        "spec.templates[0].generation.seed",
        "less than or equal to 2147483647",
    ),
    Refused(
        "a shape of nothing",
        _template(outputSchema={}),
        "spec.templates[0].outputSchema",
        "should have at least 1 properties",
    ),
    Refused(
        "a shape as text", _template(outputSchema='{"type": "string"}'), "spec.templates[0].outputSchema", "type object"
    ),
    Refused(
        "a rubric without anchors",
        _rubric({}),
        "spec.rubrics[0].criteria[0].anchors",
        "should have at least 1 properties",
    ),
    Refused(
        "a rubric with one end",
        _rubric({"1": "bad"}),
        "spec.rubrics[0]",
        "a criterion needs anchors for both ends of the scale: scale.min and scale.max",
    ),
    Refused(
        "an anchor off the scale",
        _rubric({"1": "bad", "5": "good", "6": "better"}),
        "spec.rubrics[0]",
        "an anchor is a score of the scale: from scale.min to scale.max",
    ),
    Refused(
        "an anchor in words",
        _rubric({"1": "bad", "5": "good", "five": "good"}),
        "spec.rubrics[0].criteria[0].anchors",
        "each key must be a whole number such as 1",
    ),
    Refused(
        "a scale that goes down",
        _rubric({"1": "good", "5": "bad"}, scale={"min": 5, "max": 1}),
        "spec.rubrics[0].scale",
        "a scale goes up: min must be less than max",
    ),
    Refused(
        "a rubric without criteria",
        prompt_catalog(rubrics=[rubric(criteria=[])]),
        "spec.rubrics[0].criteria",
        "at least 1",
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
        "one message beyond 64 KiB",
        _template(messages=[{"role": "User", "content": "x" * (LIMIT + 1)}]),
        "spec.templates[0].messages[0].content",
        "may not be more than 65536",
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
