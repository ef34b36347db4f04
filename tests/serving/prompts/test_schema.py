"""The shape of an answer: a sound JSON schema, told to the engine as it takes it, part of what the digest covers."""

from typing import Any

import pytest

from fmops_serving.prompts.catalog import resolve
from fmops_serving.prompts.schema import SCHEMA_LIMIT, response_format
from tests.serving.prompts.entries import resolved, spec, template, template_entry

LABEL = {"type": "string", "enum": ["billing", "refund"]}
CLOSED = {"type": "object", "properties": {"label": LABEL}, "required": ["label"], "additionalProperties": False}
PATH = "spec.templates[t@1].outputSchema"


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def faults(schema: dict[str, Any]) -> list[tuple[str, str]]:
    found = resolve(spec(templates=[template_entry(outputSchema=schema)]), {}).faults
    return [(fault.path, fault.message) for fault in found]


FAULTY: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("an unknown type", {"type": "text"}, f"{PATH}.type", "is no JSON schema: 'text' is not valid"),
    (
        "a fault far inside",
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"minLength": "3"}]}}},
        f"{PATH}.properties.a.anyOf[1].minLength",
        "is no JSON schema: '3' is not of type 'integer'",
    ),
    ("required as a word", {"required": "label"}, f"{PATH}.required", "is not of type 'array'"),
    ("a pattern that is none", {"type": "string", "pattern": "["}, f"{PATH}.pattern", "is not a 'regex'"),
    (
        "an unknown dialect",
        {"$schema": "https://example.org/x"},
        f"{PATH}.$schema",
        "is neither draft 7 nor 2020-12: remove it",
    ),
    ("a dialect that is no text", {"$schema": 3}, f"{PATH}.$schema", "is not of type 'string'"),
    ("another document", {"$ref": "https://example.org/a.json"}, PATH, "leads nowhere: point into the schema"),
    (
        "a definition that is not there",
        {"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"b": {}}},
        PATH,
        "'#/$defs/a' leads",
    ),
    ("a file of this machine", {"items": {"$ref": "file:///etc/passwd"}}, PATH, "leads nowhere"),
    ("an anchor", {"$dynamicRef": "#meta"}, PATH, "leads nowhere"),
    ("too much", {"enum": ["x" * SCHEMA_LIMIT]}, PATH, "bytes, 16384 are the most"),
    ("too deep", nested(40), PATH, "is nested deeper than 32 levels"),
    ("deeper than Python's stack", nested(5000), PATH, "is nested deeper than 32 levels"),
    ("half a character", {"enum": ["\ud800"]}, PATH, "cannot be kept as JSON"),
    ("a number beyond JSON", {"maximum": 2**53}, PATH, "cannot be kept as JSON"),
)


@pytest.mark.parametrize(("schema", "path", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_faulty_schema_is_told_with_its_place(schema: dict[str, Any], path: str, words: str) -> None:
    ((found, message),) = faults(schema)
    assert found == path
    assert words in message


SOUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a choice of classes", LABEL),
    ("a closed object", CLOSED),
    ("draft 7", {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": LABEL}}),
    ("a definition", {"$defs": {"a/b~c": LABEL}, "$ref": "#/$defs/a~1b~0c"}),
    ("a schema that means itself", {"properties": {"child": {"$ref": "#"}}}),
    ("a branch of a choice", {"anyOf": [LABEL, {"$ref": "#/anyOf/0"}]}),
    ("data that looks like a reference", {"enum": [{"$ref": "nowhere"}], "default": {"$ref": "nowhere"}}),
    ("a field of that name", {"properties": {"$ref": LABEL}}),
    ("nothing allowed but null", {"enum": [None], "examples": [None, {"x": 1}], "default": None}),
)


@pytest.mark.parametrize("schema", [row[1] for row in SOUND], ids=[row[0] for row in SOUND])
def test_a_sound_schema_is_taken(schema: dict[str, Any]) -> None:
    assert faults(schema) == []


STRICT: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("a closed object", CLOSED, True),
    (
        "a closed object in a list of another",
        {**CLOSED, "properties": {"label": {"type": "array", "items": CLOSED}}},
        True,
    ),
    ("no object", LABEL, False),
    ("an open object", {**CLOSED, "additionalProperties": True}, False),
    ("an object with an optional field", {**CLOSED, "required": []}, False),
    (
        "an open object inside a closed one",
        {**CLOSED, "properties": {"label": {"type": "object", "properties": {"a": LABEL}}}},
        False,
    ),
    ("an open object among the definitions", {**CLOSED, "$defs": {"a": {"type": "object"}}}, False),
)


@pytest.mark.parametrize(("schema", "strict"), [row[1:] for row in STRICT], ids=[row[0] for row in STRICT])
def test_strict_is_asked_where_providers_take_it(schema: dict[str, Any], strict: bool) -> None:
    assert response_format(template(outputSchema=schema)) == {
        "type": "json_schema",
        "json_schema": {"name": "t", "schema": schema, "strict": strict},
    }


def test_a_template_without_a_schema_asks_for_no_shape() -> None:
    assert response_format(template()) is None


def test_the_digest_covers_the_schema_and_keeps_the_order_of_its_lists() -> None:
    def digest(schema: dict[str, Any] | None) -> str:
        return resolved(templates=[template_entry(outputSchema=schema)]).digest

    other = {"enum": ["refund", "billing"], "type": "string"}
    assert len({digest(None), digest(LABEL), digest(other)}) == 3
    assert digest(LABEL) == digest(dict(reversed(LABEL.items())))
    words = {"examples": [{"id": "b"}, {"id": "a"}, 3], "properties": {"labels": {"enum": ["b", "a"]}}}
    turned = {**words, "examples": [{"id": "a"}, {"id": "b"}, 3]}
    assert digest(words) != digest(turned)
