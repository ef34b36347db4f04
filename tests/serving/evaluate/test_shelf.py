"""Examples on a shelf: chosen, ordered and numbered as those in memory are."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import Examples
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.shelf import Shelf, ShelvedDigests
from fmops_serving.prompts.examples import as_asked, choose
from fmops_serving.prompts.sources import SourceCount
from tests.serving.prompts.entries import resolved, set_entry

SAMPLES: list[dict[str, Any] | None] = [
    None,
    {"strategy": "Random", "seed": 3},
    {"strategy": "Stratified", "seed": 3},
]


def catalog_of(labels: list[str | None]) -> Catalog:
    kinds = ["Human", "Import"]
    examples: list[dict[str, Any]] = [
        {"id": f"e{number * 7 % 100:02}", "input": "é", "references": ["x"], "provenance": {"kind": kinds[number % 2]}}
        | ({"label": label} if label else {"polarity": "Negative"})
        for number, label in enumerate(labels)
    ]
    return resolved(exampleSets=[set_entry(name="b", examples=examples), set_entry(name="a", examples=examples[:3])])


def shelved(catalog: Catalog, wanted: Examples) -> Shelf:
    shelf = Shelf()
    for example_set in catalog.example_sets:
        for example in example_set.examples:
            if example_set.name in wanted.sets and (asked := as_asked(example, wanted)):
                shelf.add(f"{example_set.name}/{example.id}", asked)
    shelf.choose(wanted)
    return shelf


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(["x", "y", "z", None]), min_size=4, max_size=90),
    st.none() | st.integers(1, 60),
    st.sampled_from(SAMPLES),
    st.none() | st.just(["Human"]),
)
def test_a_shelf_gives_what_choosing_in_memory_gives(
    labels: list[str | None], limit: int | None, sample: dict[str, Any] | None, provenance: list[str] | None
) -> None:
    catalog = catalog_of(labels)
    spec = {"sets": ["b", "a"], "limit": limit, "sample": sample if limit else None, "provenance": provenance}
    wanted = Examples.model_validate({key: value for key, value in spec.items() if value is not None})
    expected, shelf = choose(catalog, wanted), shelved(catalog, wanted)
    assert list(shelf.items()) == [tuple(each) for each in expected]
    assert list(shelf) == [each.unique_id for each in expected]
    assert sorted(shelf.number(each.unique_id) or 0 for each in expected) == list(range(len(expected)))
    assert [shelf[each.unique_id] for each in reversed(expected)] == [each.example for each in reversed(expected)]


def test_a_shelf_knows_nothing_of_others() -> None:
    shelf = shelved(catalog_of(["x"] * 4), Examples(sets=["b"]))
    assert (len(shelf), shelf.number("a/e00")) == (4, None)
    with pytest.raises(KeyError, match="a/e00"):
        shelf["a/e00"]


def test_digests_on_a_shelf_make_the_digest_of_those_in_memory() -> None:
    held, shelved_too = SourceCount("s"), SourceCount("s", ShelvedDigests())
    for number in range(2500):
        for count in (held, shelved_too):
            assert count.add(Example(id=f"e{number}", input=str(number))) == ""
    assert held.report() == shelved_too.report()
