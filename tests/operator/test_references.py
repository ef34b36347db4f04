"""Who mentions whom, and who is asked when it changes."""

from typing import Any

import pytest

from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Key, Kind
from fmops_operator.references import Reference, References, Selections, references_of, selector_of
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
    "a run mentions its embedders": (
        run_manifest({"metrics": [{"name": "c", "type": "Cosine", "embedder": {"name": "minilm"}}]}),
        {(FOUNDATION_MODEL, "small"), (FOUNDATION_MODEL, "minilm"), (PROMPT_CATALOG, "tickets")},
    ),
    "a provider's model is a name there and no object here": (
        {**model_manifest(), "spec": {"source": {"provider": {"model": "gpt"}}}},
        set(),
    ),
    "a catalogue mentions its sources": ({**run_manifest(), "spec": SOURCE}, {(CONFIG_MAP, "rows")}),
    "a catalogue mentions the models of its chains": (
        {**run_manifest(), "spec": {"chains": [{"steps": [{"name": "s", "model": {"name": "big"}}, {"name": "t"}]}]}},
        {(FOUNDATION_MODEL, "big")},
    ),
    "a provider's name for its model is no model of ours": (
        {**run_manifest(), "spec": {"source": {"provider": {"model": "gpt-x"}}}},
        set(),
    ),
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
    assert index.put(a, frozenset({one})) == {one}
    assert index.put(a, frozenset({one})) == set()
    assert index.put(b, frozenset({one, two})) == {one, two}
    assert set(index.to(one)) == {a, b}
    assert index.put(a, frozenset({two})) == {one, two}
    assert set(index.to(one)) == {b}
    assert set(index.to(two)) == {a, b}
    assert index.drop(b) == {one, two}
    assert index.drop(b) == set()
    assert set(index.to(one)) == set()
    assert index.to_any(PROMPT_CATALOG, None) == {a}
    assert index.to_any(PROMPT_CATALOG, "n") == {a}
    assert index.to_any(PROMPT_CATALOG, "elsewhere") == set()
    assert index.to_any(CONFIG_MAP, None) == set()


def _selecting(*values: str) -> dict[str, Any]:
    expression = {"key": "tier", "operator": "In", "values": list(values)}
    return run_manifest({"candidates": {"selector": {"matchExpressions": [expression]}}})


def test_who_comes_under_a_selector_or_leaves_it_is_met_by_its_runs() -> None:
    index, key = Selections(), Key("EvaluationRun", "support", "quality")
    index.put(key, selector_of(_selecting("a", "b")))
    assert list(index.met("support", "m", {"tier": "c"})) == []
    assert list(index.met("support", "m", {"tier": "a"})) == [key], "it comes"
    assert list(index.met("support", "m", {"tier": "a"})) == [key], "it changes in another way"
    assert list(index.met("support", "m", {})) == [key], "it leaves"
    assert list(index.met("support", "m", {})) == [], "it is no longer meant"
    assert list(index.met("support", "m", {"tier": "b"})) == [key]
    assert list(index.met("support", "m", None)) == [key], "it is deleted"
    assert list(index.met("elsewhere", "m", {"tier": "a"})) == [], "a run looks into its own namespace"
    index.put(key, selector_of(_selecting("z")))
    assert list(index.met("support", "n", {"tier": "a"})) == []
    index.put(key, None)
    assert list(index.met("support", "n", {"tier": "z"})) == []


@pytest.mark.parametrize("candidates", [None, {}, {"models": []}, {"selector": {}}, {"selector": {"matchLabels": [1]}}])
def test_what_is_no_selector_selects_nothing(candidates: Any) -> None:
    assert selector_of({"metadata": {}, "spec": {"candidates": candidates}}) is None
