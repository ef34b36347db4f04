"""Choosing examples: deterministic, stable, and fair to labels."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import Examples
from fmops_serving.prompts.errors import ExamplesNotFoundError
from fmops_serving.prompts.examples import choose, values_of
from tests.serving.prompts.entries import resolved

SIZES = {"billing": 50, "technical": 30, "account": 15, "rare": 5}


def entries(sizes: dict[str, int] = SIZES) -> list[dict[str, Any]]:
    return [
        {"id": f"{label}-{number:03d}", "input": "x", "label": label}
        for label, size in sizes.items()
        for number in range(size)
    ]


def catalog(examples: list[dict[str, Any]] | None = None) -> Catalog:
    sets = [
        {"name": "golden", "examples": examples or entries()},
        {"name": "dev", "split": "Dev", "examples": entries({"d": 3})},
    ]
    return resolved(exampleSets=sets)


def wanted(**fields: Any) -> Examples:
    return Examples.model_validate({"sets": ["golden"], **fields})


def ids(found: Catalog, **fields: Any) -> list[str]:
    return [chosen.unique_id for chosen in choose(found, wanted(**fields))]


def sample(strategy: str, limit: int, seed: int = 7) -> dict[str, Any]:
    return {"limit": limit, "sample": {"strategy": strategy, "seed": seed}}


@pytest.mark.parametrize("fields", [{}, {"limit": 7}, sample("Random", 20), sample("Stratified", 20)],
                         ids=["all", "the first", "random", "stratified"])  # fmt: skip
def test_the_order_of_examples_does_not_matter(fields: dict[str, Any]) -> None:
    mixed = entries()
    random.Random(1).shuffle(mixed)
    assert ids(catalog(mixed), **fields) == ids(catalog(), **fields)


def test_all_come_by_set_and_id() -> None:
    found = ids(catalog(), sets=["golden", "dev"])
    assert len(found) == 103
    assert found == sorted(found)
    assert found[0] == "dev/d-000"


def test_a_split_leaves_out_other_sets() -> None:
    assert ids(catalog(), sets=["golden", "dev"], split="Dev") == ["dev/d-000", "dev/d-001", "dev/d-002"]


def test_a_limit_beyond_all_takes_all() -> None:
    assert len(ids(catalog(), **sample("Random", 1000))) == 100


@pytest.mark.parametrize("strategy", ["Random", "Stratified"])
def test_another_seed_chooses_others_and_the_same_seed_the_same(strategy: str) -> None:
    one, again, other = (ids(catalog(), **sample(strategy, 20, seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert len(set(one)) == len(set(other)) == 20


def test_a_new_example_moves_at_most_one_of_a_random_sample() -> None:
    before = set(ids(catalog(), **sample("Random", 20)))
    after = set(ids(catalog([*entries(), {"id": "new", "input": "x", "label": "rare"}]), **sample("Random", 20)))
    assert len(before - after) <= 1


def shares(found: Catalog, limit: int) -> Counter[str | None]:
    return Counter(chosen.example.label for chosen in choose(found, wanted(**sample("Stratified", limit))))


def test_stratified_keeps_the_shares_of_labels() -> None:
    assert shares(catalog(), 20) == {"billing": 10, "technical": 6, "account": 3, "rare": 1}


def test_remainders_go_to_the_largest_and_ties_by_label() -> None:
    assert shares(catalog(entries({"c": 1, "b": 1, "a": 1})), 2) == {"a": 1, "b": 1}
    assert shares(catalog(), 10) == {"billing": 5, "technical": 3, "account": 2}


def test_unlabelled_examples_are_a_class_of_their_own() -> None:
    unlabelled = [{"id": f"u{number}", "input": "x"} for number in range(100)]
    assert shares(catalog([*entries({"a": 100}), *unlabelled]), 10) == {"a": 5, None: 5}


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1), st.integers(1, 60))
def test_stratified_takes_as_many_as_asked_and_no_share_is_off_by_one(sizes: dict[str, int], limit: int) -> None:
    total = sum(sizes.values())
    found = shares(catalog(entries(sizes)), limit)
    assert sum(found.values()) == min(limit, total)
    for label, size in sizes.items():
        assert abs(found[label] - min(limit, total) * size / total) < 1


def test_a_set_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(ExamplesNotFoundError, match="the catalogue has no example set goldne; did you mean golden"):
        ids(catalog(), sets=["goldne"])


def test_a_split_without_examples_is_told() -> None:
    with pytest.raises(ExamplesNotFoundError, match="no examples of split Train in golden"):
        ids(catalog(), split="Train")


def test_the_input_of_an_example_is_a_value_like_its_variables() -> None:
    (one, *_) = choose(catalog([{"id": "a", "input": "x", "variables": {"tone": "dry"}}]), wanted())
    assert values_of(one.example) == {"input": "x", "tone": "dry"}


FROM: list[dict[str, Any]] = [
    {"id": "h", "input": "x", "label": "a", "provenance": {"kind": "Human", "by": "desk", "at": "2026-01-31"}},
    {"id": "s", "input": "x", "label": "a", "provenance": {"kind": "Synthetic", "reference": "https://example.org/1"}},
    {"id": "u", "input": "x", "label": "a"},
]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(None, ["h", "s", "u"]), (["Human"], ["h"]), (["Synthetic", "Human", "Import"], ["h", "s"])],
)
def test_examples_of_some_provenance_only(kinds: list[str] | None, expected: list[str]) -> None:
    assert ids(catalog(FROM), provenance=kinds) == [f"golden/{name}" for name in expected]


def test_no_example_of_a_provenance_is_an_error() -> None:
    with pytest.raises(ExamplesNotFoundError, match="no examples with provenance Feedback or Import in golden"):
        choose(catalog(FROM), wanted(provenance=["Feedback", "Import"]))


def test_what_must_not_be_answered_is_never_taken_for_a_good_answer() -> None:
    shown = [
        {"id": polarity, "input": "x", "label": "a", "references": ["r"], "polarity": polarity}
        for polarity in ("Negative", "Positive")
    ]
    found = choose(catalog([*shown, {"id": "plain", "input": "x", "references": ["r"]}]), wanted())
    assert [(chosen.example.id, chosen.example.label, chosen.example.references) for chosen in found] == [
        ("Negative", "a", None),
        ("Positive", "a", ["r"]),
        ("plain", None, ["r"]),
    ]
