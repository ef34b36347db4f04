"""Who mentions whom, and who is asked when it changes."""

from typing import Any

import pytest

from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Key, Kind
from fmops_operator.references import Reference, References, references_of
from tests.operator.evaluation_samples import run_manifest
from tests.operator.model_samples import model_manifest

TEMPLATE = {"engine": {"chatTemplate": {"configMapKeyRef": {"name": "chat", "key": "k"}}}}
CACHE = {"cache": {"persistentVolumeClaim": {"claimName": "hub"}}}
OVERLAY = {"podTemplate": {"spec": {"volumes": [{"name": "v", "configMap": {"name": "extra"}}]}}}
SOURCE = {"sources": [{"name": "s", "configMap": {"name": "rows", "key": "k"}}]}
CASES: dict[str, tuple[dict[str, Any], set[tuple[Kind, str]]]] = {
    "a model mentions the volume of its weights": (model_manifest(), {(CLAIM, "weights")}),
    "a model mentions its chat template": (model_manifest(TEMPLATE), {(CLAIM, "weights"), (CONFIG_MAP, "chat")}),
    "a model mentions its cache": (model_manifest(CACHE), {(CLAIM, "weights"), (CLAIM, "hub")}),
    "an overlay of pods counts": (model_manifest(OVERLAY), {(CLAIM, "weights"), (CONFIG_MAP, "extra")}),
    "a run mentions its candidates and its catalogue": (
        run_manifest({"candidates": {"models": [{"name": "a"}, {"name": "b"}]}}),
        {(FOUNDATION_MODEL, "a"), (FOUNDATION_MODEL, "b"), (PROMPT_CATALOG, "tickets")},
    ),
    "a run mentions its judges' models": (
        run_manifest({"judges": [{"name": "general", "model": {"name": "large"}, "rubric": "general@1"}]}),
        {(FOUNDATION_MODEL, "small"), (FOUNDATION_MODEL, "large"), (PROMPT_CATALOG, "tickets")},
    ),
    "a provider's model is a name there and no object here": (
        {**model_manifest(), "spec": {"source": {"provider": {"model": "gpt"}}}},
        set(),
    ),
    "a catalogue mentions its sources": ({**run_manifest(), "spec": SOURCE}, {(CONFIG_MAP, "rows")}),
    "a secret is never watched and so not mentioned": (
        {**run_manifest(), "spec": {"apiKeySecretRef": {"name": "s", "key": "k"}}},
        set(),
    ),
    "an object without a spec mentions nothing": ({"metadata": {"name": "x"}}, set()),
}


@pytest.mark.parametrize("case", CASES)
def test_references(case: str) -> None:
    manifest, expected = CASES[case]
    found = references_of(manifest)
    assert {(each.kind, each.name) for each in found} == expected
    assert {each.namespace for each in found} <= {"support"}


def test_the_index_follows_what_an_object_mentions_now() -> None:
    index = References()
    a, b = Key("EvaluationRun", "n", "a"), Key("EvaluationRun", "n", "b")
    one, two = Reference(PROMPT_CATALOG, "n", "one"), Reference(PROMPT_CATALOG, "n", "two")
    index.put(a, frozenset({one}))
    index.put(b, frozenset({one, two}))
    assert set(index.to(one)) == {a, b}
    index.put(a, frozenset({two}))
    assert set(index.to(one)) == {b}
    assert set(index.to(two)) == {a, b}
    index.drop(b)
    assert set(index.to(one)) == set()
    assert index.to_any(PROMPT_CATALOG, None) == {a}
    assert index.to_any(PROMPT_CATALOG, "n") == {a}
    assert index.to_any(PROMPT_CATALOG, "elsewhere") == set()
    assert index.to_any(CONFIG_MAP, None) == set()
