"""What is wrong with a template is said before anything is asked, with its place."""

from typing import Any

import pytest

from fmops_serving.prompts.check import template_faults
from tests.serving.prompts.entries import INPUT, template, variable

LIST = [INPUT, {"name": "items", "type": "List"}]

FAULTY = (
    ("an open expression", "{{ input", "line 1: unexpected end of template"),
    ("an open block on line 3", "a\n\n{% if input %}", "line 3: Unexpected end of template"),
    (
        "an unknown variable",
        "{{ input }}{{ inptu }}",
        "inptu is not among the variables: declare it; did you mean input?",
    ),
    ("a call", "{{ input.upper() }}", "prompts may not use calls"),
    ("range", "{% for i in range(9) %}{{ input }}{% endfor %}", "prompts may not use calls"),
    ("reaching into a class", "{{ input.__class__ }}", "values are plain text, numbers and lists: .__class__"),
    ("reaching by a filter", "{{ input|attr('__class__') }}", "there is no filter attr for prompts"),
    ("item access", "{{ input[0] }}", "prompts may not use item access"),
    ("arithmetic", "{{ input * 9 }}", "prompts may not use arithmetic"),
    ("joining text", "{{ input ~ input }}", "joining with ~"),
    ("set", "{% set a = input %}", "prompts may not use set"),
    ("include", "{% include 'x' %}{{ input }}", "prompts may not use include"),
    ("import", "{% import 'x' as y %}{{ input }}", "prompts may not use import"),
    ("macro", "{% macro a() %}{% endmacro %}{{ input }}", "prompts may not use macros"),
    ("extends", "{% extends input %}", "prompts may not use extends"),
    ("a test", "{{ input is defined }}", "prompts may not use tests with is"),
    ("a list of its own", "{{ [input] }}", "prompts may not use lists and objects of their own"),
    ("a loop over text", "{% for c in input %}{{ c }}{% endfor %}", "for goes over a variable of type List only"),
    (
        "a loop in a loop",
        "{% for a in items %}{% for b in items %}{{ input }}{% endfor %}{% endfor %}",
        "for inside for",
    ),
    ("a loop that hides a variable", "{% for input in items %}{{ input }}{% endfor %}", "for needs one new name"),
    ("a loop as a value", "{{ input }}{% for a in items %}{{ loop }}{% endfor %}", "loop is not among the variables"),
    ("a wrong part of loop", "{{ input }}{% for a in items %}{{ loop.cycle }}{% endfor %}", "loop has no cycle"),
    ("a search in text", "{% if 'a' in input %}{% endif %}", "in looks into a variable of type List only"),
    ("a comparison of values", "{% if input == input %}{% endif %}", "a comparison needs a constant on one side"),
    ("deep parentheses", "{{ input }}{{ " + "(" * 3000 + " }}", "is nested too deeply"),
    ("deep conditions", "{% if input %}" * 20 + "{% endif %}" * 20, "conditions nest deeper than 16"),
    ("too many parts", "{{ input }}" * 2000, "2000 are the most: cut it into messages"),
    ("an endless number", "{{ input }}{{ " + "9" * 5000 + " }}", "holds a number that is too long to be read"),
    ("half a character", "{{ input }}{{ '\\ud800' }}", "holds half a character"),
    ("an unknown tag", "{% foo %}{{ input }}", "line 1: Encountered unknown tag 'foo'"),
    ("an unknown filter", "{{ input|uper }}", "there is no filter uper for prompts; did you mean upper?"),
    (
        "a computed argument",
        "{{ input|default(input|upper) }}",
        "the filter default takes constants and variables only",
    ),
)


def said(content: str, variables: list[dict[str, Any]]) -> dict[str, str]:
    return dict(template_faults(template(content, variables=variables)))


@pytest.mark.parametrize(("content", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_faulty(content: str, words: str) -> None:
    assert words in said(content, LIST)["spec.templates[t@1].messages[0].content"]


SOUND = (
    ("conditions with constants", "{% if input == 'a' and not items %}a{% elif input %}b{% else %}c{% endif %}"),
    (
        "a numbered list",
        "{{ input }}{% for item in items %}{{ loop.index }}/{{ loop.length }} {{ item }}\n{% endfor %}",
    ),
    ("filters", "{{ input|trim|upper }}{{ items|join(', ') }}{{ items|first|default('none') }}{{ items|length }}"),
    ("a search in a list", "{% if 'a' in items %}{{ input }}{% endif %}"),
    ("raw text and comments", "{# why #}{% raw %}{{ untouched }}{% endraw %}{{ input }}{{ items }}"),
    ("a JSON example in the prompt", 'Answer as {"label": "x"}. {{ input|tojson }}{{ items }}'),
)


@pytest.mark.parametrize("content", [row[1] for row in SOUND], ids=[row[0] for row in SOUND])
def test_sound(content: str) -> None:
    optional = [{**entry, "required": False} for entry in LIST]
    assert said(content, optional) == {}


def test_a_required_variable_that_no_message_uses_is_a_fault() -> None:
    assert said("hello", [INPUT]) == {
        "spec.templates[t@1].variables[input]": "is required, but no message uses it: use or remove it"
    }


def test_a_variable_named_like_a_word_of_jinja_is_a_fault() -> None:
    assert "is a word of Jinja2" in said("hello", [variable(name="self")])["spec.templates[t@1].variables[self]"]


def test_a_fault_in_the_second_message_is_told_there() -> None:
    messages = [{"role": "System", "content": "{{ input }}"}, {"role": "User", "content": "a\n{{ nope }}"}]
    found = dict(template_faults(template(messages=messages)))
    assert list(found) == ["spec.templates[t@1].messages[1].content"]
    assert found["spec.templates[t@1].messages[1].content"].startswith("line 2: nope")
