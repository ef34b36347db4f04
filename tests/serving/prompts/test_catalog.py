"""Resolving a catalogue: sources are joined, every fault has a path, and the whole becomes one artefact."""

from typing import Any

import pytest

from fmops_serving.prompts.catalog import canonical, counts, parse, resolve
from fmops_serving.prompts.errors import CatalogError
from tests.serving.prompts.entries import resolved, rubric_entry, set_entry, spec, template_entry

FROM_SOURCE = {
    "sources": [{"name": "golden", "configMap": {"name": "golden", "key": "x"}}],
    "exampleSets": [{"name": "s", "source": "golden"}],
}
CRITERION = {"name": "tone", "description": "Is it polite?"}

FAULTY = (
    (
        "a label on two versions",
        {"templates": [template_entry(labels=["live"]), template_entry(version=2, labels=["live"])]},
        "spec.templates[t@2].labels: live stands on version 1 already",
    ),
    (
        "a scale that goes down",
        {"rubrics": [rubric_entry(scale={"min": 5, "max": 1})]},
        "spec.rubrics[r@1].scale: goes from 5 to 1: min must be less than max",
    ),
    (
        "an anchor outside the scale",
        {"rubrics": [rubric_entry(criteria=[{**CRITERION, "anchors": {"1": "a", "5": "b", "7": "c"}}])]},
        "spec.rubrics[r@1].criteria[tone].anchors: '7' is no score of the scale 1 to 5",
    ),
    (
        "an end without an anchor",
        {"rubrics": [rubric_entry(criteria=[{**CRITERION, "anchors": {"1": "a"}}])]},
        "spec.rubrics[r@1].criteria[tone].anchors: both ends of the scale need an anchor: 5 missing",
    ),
    (
        "a label that the set has not",
        {"exampleSets": [set_entry(labels=["label"])]},
        "spec.exampleSets[s].examples[a].label: 'l' is not among the set's labels; known: label",
    ),
    (
        "a set with examples and a source",
        {**FROM_SOURCE, "exampleSets": [set_entry(source="golden")]},
        "spec.exampleSets[s]: set exactly one of source or examples",
    ),
    (
        "a set of an unknown source",
        {**FROM_SOURCE, "exampleSets": [{"name": "s", "source": "goldne"}]},
        "spec.exampleSets[s].source: goldne is not in sources; did you mean golden?",
    ),
    (
        "a number that JSON does not carry",
        {"exampleSets": [set_entry(examples=[{"id": "a", "variables": {"n": 2**53}}])]},
        "spec.exampleSets[s].examples[a]: cannot be kept as JSON",
    ),
)


@pytest.mark.parametrize(("fields", "words"), [row[1:] for row in FAULTY], ids=[row[0] for row in FAULTY])
def test_a_fault_is_told_with_its_path_and_there_is_no_catalogue(fields: dict[str, Any], words: str) -> None:
    resolution = resolve(spec(**fields), {"golden": ""})
    assert resolution.catalog is None
    assert any(str(fault).startswith(words) for fault in resolution.faults), resolution.faults


def test_a_source_may_hold_more_examples_than_an_object() -> None:
    lines = "\n".join(f'{{"id": "e{number}", "input": "x", "label": "l{number % 3}"}}' for number in range(2000))
    catalog = resolve(spec(**FROM_SOURCE), {"golden": lines}).catalog
    assert catalog is not None
    assert len(catalog.example_sets[0].examples) == 2000
    assert catalog.example_sets[0].labels == ["l0", "l1", "l2"]
    assert parse(canonical(catalog)).digest == catalog.digest


def test_a_source_that_was_not_read_is_a_fault() -> None:
    assert [str(fault) for fault in resolve(spec(**FROM_SOURCE), {}).faults] == [
        "spec.sources[golden]: its content was not found"
    ]


def test_what_was_read_of_a_source_is_told_even_when_it_is_faulty() -> None:
    resolution = resolve(spec(**FROM_SOURCE), {"golden": '{"id": "a", "input": "x"}\nnot JSON\n'})
    assert resolution.catalog is None
    assert [(status.name, status.entries) for status in resolution.sources] == [("golden", 1)]
    assert resolution.sources[0].digest.startswith("sha256:")


def test_counts_tell_labelled_from_unlabelled() -> None:
    examples = [
        {"id": "a", "input": "x", "label": "l"},
        {"id": "b", "input": "x", "references": ["y"]},
        {"id": "c", "input": "x", "references": []},
    ]
    found = counts(
        resolved(templates=[template_entry()], rubrics=[rubric_entry()], exampleSets=[set_entry(examples=examples)])
    )
    assert (found.templates, found.rubrics, found.labelled, found.unlabelled) == (1, 1, 2, 1)


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ("<html>", "the bundle is not JSON"),
        ("[" * 100_000, "the bundle is not JSON"),
        ('{"templates": 5}', "the bundle is no catalogue of this version: templates: must be a list, found 5"),
        ('{"templates": [{"name": "a"}]}', "templates[0].version: is required and missing"),
    ],
    ids=["HTML", "endless nesting", "a number for a list", "half a template"],
)
def test_what_is_no_bundle_is_refused_in_a_sentence(bundle: str, words: str) -> None:
    with pytest.raises(CatalogError) as refusal:
        parse(bundle)
    assert words in str(refusal.value)


def test_polarities_are_counted_and_bad_answers_label_nothing() -> None:
    examples = [
        {"id": "a", "input": "x", "references": ["bad"], "polarity": "Negative"},
        {"id": "b", "input": "x", "label": "l", "polarity": "Negative"},
        {"id": "c", "input": "x", "references": ["good"], "polarity": "Positive"},
        {"id": "d", "input": "x"},
    ]
    found = counts(resolved(exampleSets=[set_entry(examples=examples)]))
    assert (found.positive, found.negative, found.labelled, found.unlabelled) == (1, 2, 2, 2)
