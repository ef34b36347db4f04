"""Chains: sound before they are released, asked in an order that depends on nothing but them, and answers are data."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_api.chain import ChainStep
from fmops_serving.prompts.catalog import canonical, counts, resolve
from fmops_serving.prompts.render import render
from fmops_serving.prompts.steps import find_prompt, in_order, named_models, not_found, placed
from fmops_serving.validate.trial import prompt_misfit
from tests.serving.prompts.entries import INPUT, resolved, spec, template_entry
from tests.serving.prompts.hostile import HOSTILE

FACTS = {"name": "facts", "maxLength": 100}
TEMPLATES = [
    template_entry(name="extract", version=2, labels=["production"]),
    template_entry("{{ input }}: {{ facts }}", name="reply", variables=[INPUT, FACTS], labels=["live"]),
    template_entry("{{ n }}", name="count", variables=[{"name": "n", "type": "Integer"}]),
]
EXTRACT = {"name": "extract", "template": "extract@2"}
REPLY = {"name": "reply", "template": "reply@live", "inputs": {"facts": "{{ steps.extract.output }}"}}
TWICE, AROUND = "{{steps.extract.output}} " * 2, "{a} {{  steps.extract.output  }}!{"
PATH = "spec.chains[ticket@1]"


def chain(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "ticket", "version": 1, "steps": list(steps), **fields}


def step(name: str, *reads: str, **fields: Any) -> dict[str, Any]:
    """A step on extract whose input is made of the answers of others."""
    inputs = {"inputs": {"input": " ".join(f"{{{{ steps.{read}.output }}}}" for read in reads)}} if reads else {}
    return {"name": name, "template": "extract@2", **inputs, **fields}


def faults(*chains: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.message for fault in resolve(spec(templates=TEMPLATES, chains=list(chains)), {}).faults}


FAULTY: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    (
        "a template that is not there",
        chain({**EXTRACT, "template": "extrct@2"}),
        ".steps[extract].template",
        "the catalogue has no template extrct@2; did you mean extract@2?",
    ),
    (
        "a version that is not there",
        chain({**EXTRACT, "template": "extract@3"}),
        ".steps[extract].template",
        "the catalogue has no template extract@3; did you mean extract@2?",
    ),
    (
        "a label that is not there",
        chain({**EXTRACT, "template": "extract@staging"}),
        ".steps[extract].template",
        "the catalogue has no template extract@staging",
    ),
    (
        "an unknown step",
        chain(EXTRACT, {**REPLY, "inputs": {"facts": "{{ steps.extrct.output }}{{ steps.extract.output }}"}}),
        ".steps[reply].inputs",
        "steps.extrct is no step of the chain; did you mean extract?",
    ),
    (
        "an unknown variable",
        chain(EXTRACT, {**REPLY, "inputs": {"fcts": "{{ steps.extract.output }}"}}),
        ".steps[reply].inputs.fcts",
        "is not among the variables of reply@1; did you mean facts?",
    ),
    (
        "an answer for a number",
        chain(EXTRACT, {"name": "count", "template": "count@1", "inputs": {"n": "{{ steps.extract.output }}"}}),
        ".steps[count].inputs.n",
        "has type Integer in count@1: an answer is text (String)",
    ),
    ("a step that reads itself", chain(step("a", "a")), ".steps", "wait for each other in a circle: a reads a"),
    (
        "a circle of three",
        chain(step("a", "b"), step("b", "c"), step("c", "a")),
        ".steps",
        "wait for each other in a circle: ",
    ),
    ("a circle beside a way out", chain(step("a", "b"), step("b", "a"), step("c", "b")), ".steps", "in a circle: "),
    (
        "two answers",
        chain(EXTRACT, REPLY, step("other", "extract")),
        ".steps",
        "reply and other are read by no other step: only one may be, whose answer is the chain's",
    ),
)


@pytest.mark.parametrize(("entry", "path", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_faulty_chain_is_told_with_its_place(entry: dict[str, Any], path: str, words: str) -> None:
    found = faults(entry)
    assert list(found) == [PATH + path]
    assert words in found[PATH + path]


def test_a_label_stands_on_one_version_of_a_chain() -> None:
    found = faults(chain(EXTRACT, labels=["live"]), chain(EXTRACT, labels=["live"], version=2))
    assert found == {"spec.chains[ticket@2].labels": "live stands on version 1 already: remove it from one of the two"}


SOUND: tuple[tuple[str, dict[str, Any], list[str]], ...] = (
    ("one step", chain(EXTRACT), ["extract"]),
    ("two steps, the later one first", chain(REPLY, EXTRACT), ["extract", "reply"]),
    (
        "a diamond",
        chain(step("z", "b", "c"), step("c", "a"), step("b", "a"), step("a")),
        ["a", "b", "c", "z"],
    ),
    ("two roots", chain(step("m", "y", "x"), step("y"), step("x")), ["x", "y", "m"]),
    ("an answer read twice", chain(EXTRACT, {**REPLY, "inputs": {"facts": TWICE}}), ["extract", "reply"]),
    ("text around an answer", chain(EXTRACT, {**REPLY, "inputs": {"facts": AROUND}}), ["extract", "reply"]),
)  # fmt: skip


@pytest.mark.parametrize(("entry", "order"), [row[1:] for row in SOUND], ids=[row[0] for row in SOUND])
def test_steps_are_asked_when_what_they_read_is_there(entry: dict[str, Any], order: list[str]) -> None:
    prompt = find_prompt(resolved(templates=TEMPLATES, chains=[entry]), None, "ticket@1")
    assert prompt is not None
    assert [found.name for found in prompt.steps] == order
    assert prompt.reference == "ticket@1"


@given(st.randoms(use_true_random=False), st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8))
def test_the_order_is_the_same_however_the_steps_are_listed(rng: random.Random, reads: list[set[int]]) -> None:
    steps = [ChainStep.model_validate(step(f"s{n}", *(f"s{m}" for m in sorted(reads[n]) if m < n))) for n in range(8)]
    ordered = [found.name for found in in_order(steps)]
    assert [found.name for found in in_order(rng.sample(steps, 8))] == ordered
    for number, found in enumerate(steps):
        assert all(ordered.index(f"s{m}") < ordered.index(found.name) for m in reads[number] if m < number)


@pytest.mark.parametrize("value", HOSTILE)
def test_an_answer_is_data_in_an_input_and_in_the_next_prompt(value: str) -> None:
    text = placed("<{{ steps.a.output }}|{{ steps.b.output }}>", {"a": value, "b": f"{value}{{{{ steps.a.output }}}}"})
    assert text == f"<{value}|{value}{{{{ steps.a.output }}}}>"
    (template,) = resolved(templates=[template_entry("<{{ input }}>")]).templates
    assert render(template, {"input": text})[0]["content"] == f"<{text}>"


def test_references_and_what_is_there_instead() -> None:
    catalog = resolved(templates=TEMPLATES, chains=[chain(EXTRACT, labels=["live"]), chain(EXTRACT, version=2)])
    for reference, found in (("ticket@live", "ticket@1"), ("ticket@2", "ticket@2"), ("ticket@3", None), ("t", None)):
        prompt = find_prompt(catalog, None, reference)
        assert (prompt.reference if prompt else None) == found
    assert not_found(catalog, None, "ticket@9") == "has no chain ticket@9; it has ticket@1, ticket@live, ticket@2"
    assert not_found(catalog, None, "tickt@1") == "has no chain tickt@1; did you mean ticket?"
    assert not_found(catalog, "extract@9", None) == "has no template extract@9; it has extract@2, extract@production"


def test_the_models_that_steps_name() -> None:
    entry = chain({**EXTRACT, "model": {"name": "small"}}, {**REPLY, "model": {"name": "big"}})
    catalog = resolved(templates=TEMPLATES, chains=[entry, chain(EXTRACT, version=2)])
    prompt = find_prompt(catalog, None, "ticket@1")
    assert prompt is not None
    assert (prompt.models, prompt.asks_candidate) == (["big", "small"], False)
    assert named_models(canonical(catalog), "ticket@1") == ["big", "small"]
    assert named_models(canonical(catalog), "ticket@2") == []
    assert named_models(b"no bundle", "ticket@1") == []
    assert named_models(b"[]", "ticket@1") == []


def test_an_example_that_a_step_cannot_be_asked_with_is_told() -> None:
    catalog = resolved(
        templates=TEMPLATES,
        chains=[chain(EXTRACT, REPLY)],
        exampleSets=[{"name": "s", "examples": [{"id": "a", "variables": {"x": 1}}, {"id": "b", "input": "x"}]}],
    )
    prompt = find_prompt(catalog, None, "ticket@1")
    assert prompt is not None
    bad, good = catalog.example_sets[0].examples
    assert prompt_misfit(prompt, good) == ""
    assert prompt_misfit(prompt, bad).startswith("does not fit step extract: template extract@2: variable input is req")


def test_chains_are_counted_and_catalogues_without_them_keep_their_digest() -> None:
    assert counts(resolved(templates=TEMPLATES, chains=[chain(EXTRACT)])).chains == 1
    assert b"chains" not in canonical(resolved(templates=TEMPLATES))
