"""Variants: the messages that a model of a family is asked, held to the same rules as the template's own."""

from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate
from fmops_serving.prompts.check import template_faults
from fmops_serving.prompts.render import render
from fmops_serving.prompts.variants import fitted, forms, with_picked_family
from fmops_serving.validate.trial import trial_faults
from tests.serving.prompts.entries import resolved, set_entry, template, template_entry, variable
from tests.serving.prompts.hostile import HOSTILE


def variant(family: str, content: str = "For {{ input }}") -> dict[str, Any]:
    return {"selector": {"family": family}, "messages": [{"role": "User", "content": content}]}


TWO = [variant("llama", "Llama: {{ input }}"), variant("qwen", "Qwen: {{ input }}")]


@pytest.mark.parametrize(
    ("family", "said"),
    [("llama", "Llama: x"), ("qwen", "Qwen: x"), ("gemma", "x"), ("lla", "x"), (None, "x")],
)
def test_a_model_is_asked_the_variant_of_its_family_and_else_the_template(family: str | None, said: str) -> None:
    assert render(fitted(template(variants=TWO), family), {"input": "x"}) == [{"role": "user", "content": said}]


def test_a_variant_keeps_the_wishes_and_variables_of_its_template() -> None:
    wishes: dict[str, Any] = {
        "generation": {"maxTokens": 5},
        "outputSchema": {"type": "string"},
        "variables": [variable(maxLength=3)],
    }
    found = fitted(template(variants=TWO, **wishes), "qwen")
    assert found == template("Qwen: {{ input }}", **wishes)


def test_every_form_of_a_template() -> None:
    contents = [form.messages[0].content for form in forms(template(variants=TWO))]
    assert contents == ["{{ input }}", "Llama: {{ input }}", "Qwen: {{ input }}"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("family", ["llama", "qwen"])
def test_a_hostile_value_stays_data_in_every_variant(family: str, value: str) -> None:
    (message,) = render(fitted(template(variants=TWO), family), {"input": value})
    assert message["content"] == f"{family.title()}: {value}"


FAULTY = (
    ("an unknown variable", "{{ inptu }}{{ input }}", "variants[1].messages[0].content", "did you mean input?"),
    ("a call", "{{ input.upper() }}", "variants[1].messages[0].content", "prompts may not use calls"),
    (
        "a required variable left out",
        "hello",
        "variants[1].messages",
        "uses no input, which the template requires: place it here too",
    ),
)


@pytest.mark.parametrize(("content", "path", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_faulty_variant_is_told_with_its_place(content: str, path: str, words: str) -> None:
    ((found, message),) = template_faults(template(variants=[variant("llama"), variant("qwen", content)]))
    assert found == f"spec.templates[t@1].{path}"
    assert words in message


def test_a_variable_that_nobody_uses_is_told_once() -> None:
    faults = list(template_faults(template("hello", variants=[variant("llama", "hello")])))
    assert [fault.path for fault in faults] == ["spec.templates[t@1].variables[input]"]


def test_a_variant_is_rendered_on_trial() -> None:
    long = variant("llama", "{{ input|join('" + "x" * 5000 + "') }}")
    items = [{"name": "input", "type": "List"}]
    example = {"id": "a", "variables": {"input": ["y"] * 1000}}
    catalog = resolved(
        templates=[template_entry(variables=items, variants=[long])], exampleSets=[set_entry(examples=[example])]
    )
    ((path, message),) = trial_faults(catalog)
    assert path == "spec.exampleSets[s].examples[a]"
    assert "is longer than 4194304 characters" in message


def test_the_digest_covers_variants() -> None:
    digests = {resolved(templates=[template_entry(variants=v)]).digest for v in (None, TWO, TWO[:1])}
    assert len(digests) == 3


@pytest.mark.parametrize(("family", "kept"), [("llama", "llama"), ("gemma", None), (None, None)])
def test_a_family_without_a_variant_changes_nothing(family: str | None, kept: str | None) -> None:
    candidate = Candidate(name="m", url="http://x/v1", model="m", family=family)
    found = with_picked_family(candidate, [template(), template(variants=TWO)])
    assert found == candidate.model_copy(update={"family": kept})
