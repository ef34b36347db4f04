"""Rendering: values are placed, and whatever they say they stay data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_api.promptcatalog import Message, Role
from fmops_serving.prompts.dialect import RENDERED_LIMIT, environment
from fmops_serving.prompts.errors import RenderError
from fmops_serving.prompts.render import render
from tests.serving.prompts.entries import template, variable
from tests.serving.prompts.hostile import HOSTILE

POSITIONS = (
    ("a line of its own", "{{ input }}", "{}"),
    ("inside text", "Sort: {{ input }}!", "Sort: {}!"),
    ("inside quotes", '"{{ input }}"', '"{}"'),
    ("in a condition", "{% if input %}{{ input }}{% endif %}", "{}"),
    ("as an alternative", "{{ input if input else 'none' }}", "{}"),
    ("as a default", "{{ nothing|default(input, true) }}", "{}"),
    ("beside raw text", "{% raw %}{{ input }}{% endraw %}{{ input }}", "{{ input }}{}"),
    ("twice, around braces", "{{ input }}{ {{ input }} }", "{}{ {} }"),
)


def content(text: str, values: dict[str, Any], **fields: Any) -> str:
    return render(template(text, **fields), values)[0]["content"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in POSITIONS], ids=[row[0] for row in POSITIONS])
def test_a_hostile_value_comes_out_as_it_went_in(text: str, expected: str, value: str) -> None:
    variables = [variable(required=False), variable(name="nothing", required=False)]
    assert content(text, {"input": value}, variables=variables) == value.join(expected.split("{}"))


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("role", Role)
def test_a_hostile_value_comes_out_as_it_went_in_whoever_speaks(value: str, role: Role) -> None:
    spoken = template().model_copy(update={"messages": [Message(role=role, content="<{{ input }}>")]})
    assert render(spoken, {"input": value}) == [{"role": role.lower(), "content": f"<{value}>"}]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_item_of_a_list_comes_out_as_it_went_in(value: str) -> None:
    text = "{% for item in items %}[{{ item }}]{% endfor %}{{ items|join(';') }}"
    variables = [{"name": "items", "type": "List"}]
    assert content(text, {"items": [value, "b"]}, variables=variables) == f"[{value}][b]{value};b"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_comes_out_as_it_went_in(value: str) -> None:
    assert content("<{{ input }}>", {"input": value}) == f"<{value}>"


PARTS = ["{{ text }}", "{{ number }}", "{{items}}", "{{ flag }}", "{{ none -}} ", " b\n", "<&>"]


@given(st.lists(st.sampled_from(PARTS), min_size=1), st.floats(-9, 9) | st.integers(-9, 9), st.lists(st.booleans()))
def test_joining_texts_and_values_does_what_the_program_would(
    pieces: list[str], number: float, items: list[Any]
) -> None:
    names = {"text": "String", "number": "Number", "items": "List", "flag": "Boolean", "none": "String"}
    declared = [{"name": name, "type": kind, "required": name != "none"} for name, kind in names.items()]
    text, values = "".join(pieces), {"text": "<{{ x }}>", "number": number, "items": items, "flag": True}
    made = template(text, variables=declared)
    program = environment().from_string(text).render({**values, "none": ""})
    assert render(made, values)[0]["content"] == program


def test_a_million_characters_are_placed_whole() -> None:
    value = "{{ x }}" * 142_857
    assert content("{{ input }}", {"input": value}) == value


def test_roles_are_those_of_the_openai_api() -> None:
    messages = [Message(role=role, content="{{ input }}") for role in Role]
    rendered = render(template().model_copy(update={"messages": messages}), {"input": "x"})
    assert [message["role"] for message in rendered] == ["system", "user", "assistant"]


def test_values_that_no_variable_has_are_left_out() -> None:
    assert content("{{ input }}", {"input": "x", "other": object()}) == "x"


def test_an_optional_value_is_empty_text() -> None:
    assert content("<{{ input }}>", {}, variables=[variable(required=False)]) == "<>"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("Integer", 7, "7"),
        ("Number", 1.0, "1"),
        ("Number", 0.1, "0.1"),
        ("Boolean", True, "true"),
        ("List", ["a", 1.0, False], '["a",1,false]'),
    ],
)
def test_a_value_reads_as_canonical_json_writes_it(kind: str, value: Any, shown: str) -> None:
    assert content("{{ input }}", {"input": value}, variables=[variable(type=kind)]) == shown


REFUSED: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
    ("a missing value", {}, {}, "variable input is required and has no value"),
    ("a null", {}, {"input": None}, "variable input is required and has no value"),
    ("a number for text", {}, {"input": 5}, "variable input takes text, found a whole number"),
    (
        "text for a number",
        {"type": "Integer"},
        {"input": "5"},
        "takes a whole number within ±9007199254740991, found text",
    ),
    ("a boolean for a number", {"type": "Integer"}, {"input": True}, "takes a whole number within"),
    ("a fraction for a whole number", {"type": "Integer"}, {"input": 1.5}, "found a number"),
    ("a number beyond JSON", {"type": "Integer"}, {"input": 2**53}, "found a whole number out of range"),
    ("no number", {"type": "Number"}, {"input": float("nan")}, "takes a number, found a number out of range"),
    ("an object in a list", {"type": "List"}, {"input": [{}]}, "found a list with other items"),
    ("too long a text", {"maxLength": 3}, {"input": "four"}, "has 4 characters, 3 are the most"),
    ("a text over the limit of all", {}, {"input": "x" * 1_000_001}, "has 1000001 characters, 1000000 are the most"),
    ("too many items", {"type": "List"}, {"input": ["x"] * 1001}, "has 1001 items, 1000 are the most"),
    ("a null byte", {}, {"input": "a\0b"}, "has a control character, U+0000, at position 2"),
    ("an escape", {}, {"input": "\x1b[31m"}, "has a control character, U+001B, at position 1"),
    ("a control character in a list", {"type": "List"}, {"input": ["\x07"]}, "has a control character, U+0007"),
    ("half a character", {"trust": "System"}, {"input": "\ud800"}, "has half a character (a lone surrogate), U+D800"),
)


@pytest.mark.parametrize(("fields", "values", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_the_template_and_the_variable(fields: dict[str, Any], values: dict[str, Any], words: str) -> None:
    with pytest.raises(RenderError, match="t@1: variable input") as refusal:
        render(template(variables=[variable(**fields)]), values)
    assert words in str(refusal.value)


def test_layout_passes_from_users_and_control_characters_from_ourselves() -> None:
    assert content("{{ input }}", {"input": "a\n\tb\r"}) == "a\n\tb\r"
    assert content("{{ input }}", {"input": "\x1b"}, variables=[variable(trust="System")]) == "\x1b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% for item in input %}{{ 'x' }}" + "x" * 5000 + "{% endfor %}", "is longer than 4194304 characters"),
        (
            "{% for item in input %}{% endfor %}{{ input|join('" + "x" * 5000 + "') }}",
            "is longer than 4194304 characters",
        ),
        ("{{ input|first|length }}{{ input|join|first|tojson" + "|tojson" * 40 + " }}", "is longer than"),
    ],
    ids=["a loop", "a join", "a filter of its own result"],
)
def test_a_template_that_grows_beyond_measure_is_stopped(text: str, words: str) -> None:
    assert RENDERED_LIMIT == 4194304
    with pytest.raises(RenderError, match=words):
        content(text, {"input": ['"'] * 1000}, variables=[variable(type="List")])


def test_a_template_that_was_never_checked_is_checked_before_it_runs() -> None:
    with pytest.raises(RenderError, match=r"messages\[0\]: line 1: prompts may not use calls"):
        content("{{ input.upper() }}", {"input": "x"})
