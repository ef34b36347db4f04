"""Examples that a bundle names by digest only: what is known of them before anybody reads them."""

from typing import Any

import pytest

from fmops_api.catalogsource import SourceReport
from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import Examples
from fmops_api.promptcatalog import Example
from fmops_serving.prompts.catalog import canonical, counts, parse, resolve
from fmops_serving.prompts.elsewhere import allowed_labels, comparable, filled, how_many, sets_of, sources_of
from fmops_serving.prompts.errors import ExamplesNotFoundError
from tests.serving.prompts.entries import set_entry, spec, template_entry

HOLDINGS = {"labelled": 90, "classified": 80, "positive": 4, "negative": 3, "provenance": {"Human": 70}}
REPORT = SourceReport.model_validate({"name": "big", "entries": 100, "digest": "sha256:ab", "holdings": HOLDINGS})
SOURCE = {"name": "big", "objectStore": {"uri": "s3://evals/a.jsonl"}}
BIG = {"name": "big-set", "source": "big"}


def catalog(report: SourceReport = REPORT, **fields: Any) -> Catalog:
    found = resolve(
        spec(templates=[template_entry()], sources=[SOURCE], exampleSets=[set_entry(), {**BIG, **fields}]),
        {},
        {"big": report},
    )
    assert found.catalog is not None, found.faults
    return found.catalog


def wanted(*sets: str, **fields: Any) -> Examples:
    return Examples.model_validate({"sets": list(sets), **fields})


def test_a_source_that_nobody_read_is_a_fault() -> None:
    found = resolve(spec(sources=[SOURCE], exampleSets=[BIG]), {})
    assert [str(fault) for fault in found.faults] == ["spec.sources[big]: its content was not found"]


def test_a_bundle_holds_what_is_known_of_a_source_and_its_digest_is_about_that() -> None:
    found = catalog()
    again = parse(canonical(found))
    assert (again.digest, again.example_sets[0].source) == (found.digest, REPORT)
    assert catalog(REPORT.model_copy(update={"digest": "sha256:cd"})).digest != found.digest
    assert counts(found).to_manifest() == {
        "templates": 1, "chains": 0, "rubrics": 0, "labelled": 91, "unlabelled": 10, "positive": 4, "negative": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("examples", "number"),
    [
        pytest.param(wanted("big-set"), 100, id="all"),
        pytest.param(wanted("big-set", "s"), 101, id="with inline ones"),
        pytest.param(wanted("big-set", "s", limit=7), 7, id="some"),
        pytest.param(wanted("big-set", "s", limit=500), 101, id="more than there are"),
        pytest.param(wanted("big-set", provenance=["Human", "Import"]), 70, id="by provenance"),
        pytest.param(wanted("s"), 1, id="inline ones only"),
    ],
)
def test_how_many_will_be_asked_is_known_beforehand(examples: Examples, number: int) -> None:
    assert how_many(catalog(), examples) == number


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(wanted("big-set", "absent"), id="an unknown set"),
        pytest.param(wanted("big-set", split="Dev"), id="another split"),
        pytest.param(wanted("big-set", provenance=["Import"]), id="another provenance"),
    ],
)
def test_none_at_all_is_told_as_for_inline_ones(examples: Examples) -> None:
    with pytest.raises(ExamplesNotFoundError):
        how_many(catalog(), examples)


def test_what_a_metric_compares_with_is_known_beforehand() -> None:
    found = comparable(catalog(), wanted("big-set"))
    assert [(bool(each.references), each.label is not None) for each in found] == [(True, False), (False, True)]
    bare = REPORT.model_copy(update={"holdings": REPORT.holdings.model_copy(update={"labelled": 0, "classified": 0})})
    assert comparable(catalog(bare), wanted("big-set")) == []


def test_what_was_read_stands_in_place_with_its_labels_and_the_digest_stays() -> None:
    before = catalog()
    assert (list(sources_of(before, ["big-set"])), list(sources_of(before, ["s"]))) == (["big"], [])
    after = filled(before, {"big": [Example(id="a", input="x", label="l2"), Example(id="b", input="x", label="l1")]})
    (example_set,) = [each for each in after.example_sets if each.name == "big-set"]
    assert (example_set.labels, len(example_set.examples), after.digest) == (["l1", "l2"], 2, before.digest)
    assert sources_of(after, ["big-set"]) == {}
    assert filled(catalog(labels=["l1", "l9"]), {}).example_sets[1].labels == ["l1", "l9"]


def test_labels_that_a_source_may_hold_are_those_of_all_its_sets() -> None:
    sets = [{**BIG, "labels": ["a", "b"]}, {**BIG, "name": "other", "labels": ["b", "c"]}, {**BIG, "name": "free"}]
    found = spec(sources=[SOURCE], exampleSets=sets)
    assert allowed_labels(found, "big") == ["b"]
    assert allowed_labels(spec(sources=[SOURCE], exampleSets=sets[2:]), "big") is None


def test_a_run_without_judges_looks_at_what_it_asks() -> None:
    assert sets_of(wanted("big-set", "s"), []) == {"big-set", "s"}
