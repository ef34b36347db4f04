"""The digest: the same for the same content in any order, another for any change."""

import random
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from fmops_api.evaluationplan import Catalog
from fmops_serving.prompts.canonical import canonical_json
from fmops_serving.prompts.catalog import canonical, parse
from tests.serving.prompts.entries import resolved, rubric_entry, set_entry, template_entry

TWO = [{"name": "input"}, {"name": "tone", "type": "Integer", "required": False}]
CONTENT: dict[str, Any] = {
    "templates": [
        template_entry("{{ input }}{{ tone }}", variables=TWO, labels=["a", "b", "c"]),
        template_entry(version=2),
        template_entry(version=10),
        template_entry(name="other", generation={"temperature": "0", "stop": ["\n", "."]}),
    ],
    "chains": [
        {"name": "c", "version": 1, "labels": ["a", "b"], "steps": [
            {"name": "first", "template": "t@2", "model": {"name": "big"}},
            {"name": "second", "template": "t@1", "inputs": {"input": "{{ steps.first.output }}"}},
        ]},
        {"name": "c", "version": 2, "steps": [{"name": "only", "template": "other@1"}]},
    ],
    "rubrics": [rubric_entry(), rubric_entry(version=2)],
    "exampleSets": [
        set_entry(labels=["l", "m"], examples=[
            {"id": "a", "input": "x", "label": "l", "tags": ["t", "u", "v"]},
            {"id": "b", "variables": {"tags": ["z", "a"], "labels": ["b", "a"], "n": 1.5}, "label": "m"},
            {"id": "c", "input": "y", "references": ["one", "two"], "polarity": "Positive",
             "provenance": {"kind": "Human", "by": "desk", "at": "2026-01-31", "reference": "ticket 7"}},
        ]),
        set_entry(name="dev", split="Dev", language="en"),
    ],
}  # fmt: skip
ORDERED = {"messages", "stop", "references", "variables of an example"}


def shuffled(value: Any, rng: random.Random, key: str = "") -> Any:
    """Put everything that has no order in another one: fields of objects, and lists that are keyed or sets."""
    if isinstance(value, dict):
        items = [(name, part if name == "variables" and isinstance(part, dict) else shuffled(part, rng, name))
                 for name, part in value.items()]  # fmt: skip
        return dict(rng.sample(items, len(items)))
    if isinstance(value, list):
        parts = [shuffled(part, rng) for part in value]
        return parts if key in ORDERED else rng.sample(parts, len(parts))
    return value


DIGEST = resolved(**CONTENT).digest


@given(st.integers(0, 2**32))
def test_the_order_of_entries_does_not_matter(seed: int) -> None:
    assert resolved(**shuffled(CONTENT, random.Random(seed))).digest == DIGEST


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, part in items for leaf in leaves(part, (*path, key))] or [path]


def changed(value: Any, path: tuple[Any, ...]) -> Any:
    """Change one leaf into another value of its type."""
    if path:
        keys = value.items() if isinstance(value, dict) else enumerate(value)
        parts = [(key, changed(part, path[1:]) if key == path[0] else part) for key, part in keys]
        return dict(parts) if isinstance(value, dict) else [part for _, part in parts]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x"


BUNDLE = resolved(**CONTENT).to_manifest()
FREE_TEXT = [leaf for leaf in leaves(BUNDLE) if leaf[0] != "digest" and leaf[-1] not in
             {"role", "split", "type", "trust", "temperature", "language", "required", "template",
             "polarity", "kind", "at"}
             and "inputs" not in leaf]  # fmt: skip


@pytest.mark.parametrize("leaf", FREE_TEXT, ids=lambda leaf: ".".join(map(str, leaf)))
def test_any_change_gives_another_digest(leaf: tuple[Any, ...]) -> None:
    other = Catalog.model_validate(changed(BUNDLE, leaf))
    assert canonical(other) != canonical(Catalog.model_validate(BUNDLE))


def test_the_order_of_messages_matters() -> None:
    messages = [{"role": "User", "content": "a"}, {"role": "User", "content": "{{ input }}"}]
    one, other = (resolved(templates=[template_entry(messages=order)]) for order in (messages, messages[::-1]))
    assert one.digest != other.digest


def test_the_order_inside_an_examples_own_values_matters() -> None:
    one, other = (
        resolved(exampleSets=[set_entry(examples=[{"id": "a", "variables": {"tags": order}}])])
        for order in (["a", "b"], ["b", "a"])
    )
    assert one.digest != other.digest


def test_a_bundle_that_is_read_back_is_the_same_catalogue() -> None:
    catalog = resolved(**CONTENT)
    again = parse(canonical(catalog))
    assert again.digest == catalog.digest
    assert canonical(again) == canonical(catalog)


def test_the_canonical_form_is_utf8_without_spaces() -> None:
    assert (
        canonical(resolved(exampleSets=[set_entry(examples=[{"id": "é", "input": "你 好"}])]))
        == (
            '{"exampleSets":[{"examples":[{"id":"é","input":"你 好"}],"name":"s","split":"Test"}],'
            '"rubrics":[],"templates":[]}'
        ).encode()
    )


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4))


@given(VALUES)
@example({"\ue000": 1, "\U00010000": 2, "a": 2**53, "b": [1.0, "\x7f\u2028\x00"]})
@example(["\ud800"])
def test_canonical_json_is_that_of_the_reference_library_and_refuses_the_same(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
            canonical_json(value)
        return
    assert canonical_json(value) == expected
