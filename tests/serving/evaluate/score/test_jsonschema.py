"""JsonSchema: answers that are JSON of a schema, and schemas that cannot be used."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_serving.evaluate.score.jsonform import Unusable, is_valid, validator_of
from tests.serving.evaluate.score.measuring import figures, metric, reply

SCHEMA = {
    "type": "object",
    "required": ["label"],
    "properties": {"label": {"enum": ["refund", "other"]}, "why": {"type": "string", "pattern": "^[a-z ]+$"}},
    "additionalProperties": False,
}
ROWS = [
    ("of the schema", '{"label": "refund"}', (1.0, 1.0)),
    ("white space around it", '\n {"label": "other", "why": "no idea"}\n', (1.0, 1.0)),
    ("another value", '{"label": "billing"}', (0.0, 1.0)),
    ("a pattern inside", '{"label": "other", "why": "N0"}', (0.0, 1.0)),
    ("too many names", '{"label": "other", "x": 1}', (0.0, 1.0)),
    ("JSON of another kind", '"refund"', (0.0, 1.0)),
    ("a Markdown fence is no JSON", '```json\n{"label": "refund"}\n```', (0.0, 0.0)),
    ("words before it", 'Here: {"label": "refund"}', (0.0, 0.0)),
    ("not a number is no JSON", '{"label": NaN}', (0.0, 0.0)),
    ("cut off", '{"label": "ref', (0.0, 0.0)),
    ("nothing", "", (0.0, 0.0)),
    ("nested deeper than anybody reads", "[" * 100_000, (0.0, 0.0)),
]


@pytest.mark.parametrize(("answer", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_is_valid_and_parsed(answer: str, wanted: tuple[float, float]) -> None:
    found = figures(metric("JsonSchema", schema=SCHEMA), [reply(answer), reply(None)])
    assert (found["m"].value, found["m.parsed"].value) == wanted
    assert {(figure.n, figure.unscored) for figure in found.values()} == {(1, 1)}


UNUSABLE = [
    ("a type that nobody knows", {"type": "text"}, "is no JSON Schema: at type"),
    ("a draft that nobody knows", {"$schema": "https://example.com/draft"}, "names no known draft"),
    ("a draft that is no text", {"$schema": 7}, "names no known draft"),
    ("a reference to the network", {"$ref": "https://example.com/s.json"}, "$ref that leads out of it"),
    ("a reference to a file", {"items": {"$ref": "other.json"}}, "items.$ref that leads out of it"),
    ("a reference to nothing", {"$ref": "#/$defs/x"}, "a $ref that leads nowhere"),
    ("an endless reference", {"$ref": "#"}, "refers to itself without end"),
    ("a pattern that RE2 does not know", {"properties": {"a": {"pattern": "(?=x)"}}}, "a properties.a.pattern"),
    ("patterns of names", {"patternProperties": {"^a": {}}}, "patternProperties, which is not supported"),
    ("a schema of a megabyte", {"description": "x" * 40_000}, "is longer than 32 KiB"),
]


@pytest.mark.parametrize(("schema", "words"), [row[1:] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_a_schema_is_refused(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(Unusable) as refusal:
        validator_of(schema)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"pattern": {"type": "string"}, "$ref": {}, "patternProperties": {}}},
        {"enum": [[[[]]], {"$ref": "https://example.com"}]},
        {"$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"},
    ],
)
def test_names_of_one_s_own_and_inner_references_are_fine(schema: dict[str, Any]) -> None:
    assert is_valid(validator_of(schema), [[[]]])


def test_a_deep_answer_to_a_recursive_schema_is_judged_and_ends_nothing() -> None:
    tree = {"$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"}
    found = figures(metric("JsonSchema", schema=tree), [reply("[" * 900 + "]" * 900)])
    assert found["m.parsed"].value == 1.0
    assert found["m"].value in {0.0, 1.0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.0, 1.0, -0.0, 0.5]) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=10,
)
SCHEMAS = [
    {"uniqueItems": True},
    {"pattern": "^a+$"},
    {"items": {"pattern": "b", "type": "string"}, "uniqueItems": True},
    {"properties": {"a": {"minimum": 1}}, "additionalProperties": {"type": ["string", "array"]}},
]


@settings(max_examples=300)
@given(JSON, st.sampled_from(SCHEMAS))
def test_values_are_valid_as_jsonschema_says(value: Any, schema: dict[str, Any]) -> None:
    wanted = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert is_valid(validator_of(schema), json.loads(json.dumps(value))) is wanted
