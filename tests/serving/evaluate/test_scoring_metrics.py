"""Scoring with many metrics: slices, confusions, what is cut off, and reasoning that does not count."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate, EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrun import Examples, SliceBy
from fmops_api.metric import Metric
from fmops_api.metricscale import BUILT_IN, COST, PARTS
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.inputs import Inputs, gather
from fmops_serving.evaluate.request import Request
from fmops_serving.evaluate.rows import MemoryRows, Row, RowFile
from fmops_serving.evaluate.score.slices import MOST
from fmops_serving.evaluate.scoring import score
from fmops_serving.guard.packages import Missing
from fmops_serving.prompts.catalog import resolve

EXACT: dict[str, Any] = {"name": "exact", "type": "ExactMatch"}
ROUGE: dict[str, Any] = {"name": "rouge", "type": "Rouge", "variant": "1"}
EVERY: list[dict[str, Any]] = [
    EXACT,
    ROUGE,
    {"name": "number", "type": "Numeric"},
    {"name": "pattern", "type": "Regex", "pattern": "^yes"},
    {"name": "form", "type": "JsonSchema", "schema": {"type": "object"}},
    {"name": "f1", "type": "Classification"},
    {"name": "tokens", "type": "TokenF1"},
    {"name": "bleu", "type": "Bleu"},
    {"name": "chrf", "type": "Chrf"},
    {"name": "wer", "type": "WordErrorRate"},
    {"name": "words", "type": "Length", "unit": "Words"},
    {"name": "refusal", "type": "Refusal"},
    {"name": "toxic", "type": "Toxicity"},
    {"name": "latency", "type": "Latency"},
]


def inputs(
    sets: Sequence[Mapping[str, Any]], metrics: Sequence[Mapping[str, Any]] = (EXACT,), *slices: SliceBy
) -> Inputs:
    """Write a plan over these example sets."""
    template = {"name": "t", "version": 1, "messages": [{"role": "User", "content": "{{ input }}"}]}
    template["variables"] = [{"name": "input"}]
    resolution = resolve(PromptCatalogSpec.model_validate({"templates": [template], "exampleSets": sets}), {})
    assert resolution.catalog is not None, resolution.faults
    plan = EvaluationPlan(
        namespace="n", run="r", inputs_hash="h", catalog_digest=resolution.catalog.digest, template="t@1",
        examples=Examples(sets=[each["name"] for each in sets]), slices=list(slices),
        metrics=[Metric.model_validate(each) for each in metrics],
        candidates=[Candidate(name="tiny", url="http://tiny/v1", model="tiny")],
    )  # fmt: skip
    return gather(plan, resolution.catalog, 0)


def scored(given: Inputs, say: Callable[[str], str | None], finish_reason: str = "stop") -> EvaluationSummary:
    """Answer every example by its name, None for an error, and score."""
    rows = MemoryRows()
    for request in given.requests():
        assert isinstance(request, Request)
        said = say(request.example)
        error = None if said is not None else "status 500"
        rows.append(
            Row(request.example, 0, request.prompt_hash, request.messages, said, finish_reason, 3, 5, 0.1, 0.2, 1,
                error, "2026-11-23T12:00:00+00:00", 0.02)
        )  # fmt: skip
    return score(given, rows)


def examples(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"e{n}", "input": f"{n}", "references": ["yes 1"], "label": "yes", **fields} for n in range(count)]


def test_every_metric_gives_every_figure_with_a_signature() -> None:
    given = inputs([{"name": "s", "examples": examples(6)}], EVERY)
    found = scored(given, lambda name: None if name == "s/e0" else "yes 1")
    wanted = {each["name"] for each in EVERY if each["name"] != "latency"} | set(BUILT_IN) - {COST}
    wanted |= {f"{each['name']}.{part}" for each in EVERY for part in PARTS.get(each["type"], ())}
    results = {result.metric: result for result in found.results}
    assert results.keys() == wanted
    assert all(result.signature and result.value is not None for result in results.values())
    built_in = {"coverage": (6, 0), "errors": (6, 0), "truncated": (5, 1)}
    for name, result in results.items():
        assert (result.n, result.unscored) == built_in.get(name, (5, 1)), name
    assert results["coverage"].value == "0.8333"


def test_a_metric_that_cannot_score_an_example_lowers_the_coverage_and_length_does_not() -> None:
    sets = [{"name": "s", "examples": [*examples(3), {"id": "x", "input": "x", "label": "yes"}]}]
    for metric, coverage in (({"name": "n", "type": "Numeric"}, "0.75"), (EVERY[10], "1")):
        found = {r.metric: r.value for r in scored(inputs(sets, [metric]), lambda _: "1").results}
        assert found["coverage"] == coverage


def test_reasoning_does_not_count_and_an_answer_that_is_all_reasoning_is_empty() -> None:
    given = inputs([{"name": "s", "examples": examples(4)}])
    found = scored(given, lambda name: "<think>yes 1" if name == "s/e0" else "<think>no</think>\n\nyes 1", "length")
    results = {r.metric: r.value for r in found.results}
    assert (results["exact"], results["truncated"], found.truncated) == ("0.75", "1", 4)


def test_figures_come_apart_by_tag_and_by_language() -> None:
    sets = [
        {"name": "a", "language": "en", "examples": examples(4, tags=["billing"])},
        {"name": "b", "language": "de", "examples": examples(2, tags=["billing", "refund"])},
        {"name": "c", "examples": examples(1)},
    ]
    given = inputs(sets, [EXACT, ROUGE, EVERY[-1]], SliceBy.LANGUAGE, SliceBy.TAG)
    found = scored(given, lambda name: "no" if name.startswith("b/") else "yes 1")
    assert [(r.slice, r.metric, r.value, r.n) for r in found.slices] == [
        ("language=de", "exact", "0", 2),
        ("language=de", "rouge", "0", 2),
        ("language=en", "exact", "1", 4),
        ("language=en", "rouge", "1", 4),
        ("tag=billing", "exact", "0.6667", 6),
        ("tag=billing", "rouge", "0.6667", 6),
        ("tag=refund", "exact", "0", 2),
        ("tag=refund", "rouge", "0", 2),
    ]
    assert all(r.low is not None and r.signature for r in found.slices)
    assert next(r.value for r in found.results if r.metric == "exact") == "0.7143"


def test_nothing_comes_apart_unless_it_is_asked_for() -> None:
    given = inputs([{"name": "a", "language": "en", "examples": examples(2, tags=["billing"])}])
    assert scored(given, lambda _: "yes 1").slices == []


def test_a_tag_for_each_example_makes_no_endless_table() -> None:
    each = [{"id": f"e{n}", "input": "x", "references": ["y"], "tags": ["all", f"t{n:03}"]} for n in range(MOST + 9)]
    found = scored(inputs([{"name": "s", "examples": each}], [EXACT], SliceBy.TAG), lambda _: "y")
    assert len(found.slices) == MOST
    assert found.omitted_slices == 10
    assert (found.slices[0].slice, found.slices[0].n) == ("tag=all", MOST + 9)


def test_the_language_of_a_set_decides_how_its_answers_are_read() -> None:
    sets = [
        {"name": name, "language": language, "examples": [{"id": "a", "input": "x", "references": ["1234"]}]}
        for name, language in (("en", "en-GB"), ("de", "de"))
    ]
    found = scored(inputs(sets, [{"name": "n", "type": "Numeric"}], SliceBy.LANGUAGE), lambda _: "1.234")
    assert [(r.slice, r.value) for r in found.slices] == [("language=de", "1"), ("language=en-GB", "0")]


def test_a_classification_leaves_its_confusion() -> None:
    sets = [{"name": "s", "labels": ["no", "yes"], "examples": examples(3)}]
    answers = {"s/e0": "yes", "s/e1": "no", "s/e2": "perhaps"}
    (confusion,) = scored(inputs(sets, [EVERY[5]]), answers.get).confusions
    assert (confusion.metric, confusion.labels, confusion.counts) == ("f1", ["no", "yes"], [[0, 0, 0], [1, 1, 1]])
    assert confusion.classes[1].recall == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"type": "Regex", "pattern": "("}, "metrics[m].pattern is no regular expression of RE2: missing )"),
        ({"type": "JsonSchema", "schema": {"type": 5}}, "metrics[m].schema is no JSON Schema: at type"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_anything_is_asked(metric: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as refusal:
        inputs([{"name": "s", "examples": examples(1)}], [{"name": "m", **metric}])
    assert words in str(refusal.value)


def test_rows_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    line = (
        '{"example":"s/e0","repeat":0,"prompt_hash":"p","messages":[],"output":"x","finish_reason":"stop",'
        '"prompt_tokens":1,"output_tokens":1,"time_to_first_token":0.1,"request_time":0.2,"attempts":1,"error":null,'
        '"at":"2026-11-23T12:00:00+00:00"}\n'
    )
    (tmp_path / "rows.jsonl").write_text(line)
    rows = RowFile(tmp_path / "rows.jsonl")
    assert [row.time_between_tokens for row in rows.read()] == [None]
    rows.close()


def test_a_run_whose_weights_are_not_installed_says_so_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise Missing("type Toxicity needs the data of the package p: do this")

    monkeypatch.setattr("fmops_serving.guard.toxicity.toxicity", missing)
    with pytest.raises(BadInput, match=r"metrics\[toxic\] cannot be measured here: type Toxicity needs the data of"):
        inputs([{"name": "s", "examples": examples(1)}], [{"name": "toxic", "type": "Toxicity"}])


def test_toxicity_has_a_share_and_a_mean_and_names_its_lists_and_weights() -> None:
    given = inputs(
        [{"name": "s", "examples": examples(4)}], [{"name": "toxic", "type": "Toxicity", "threshold": "0.8"}]
    )
    found = scored(given, lambda name: "You are an idiot." if name == "s/e0" else "Good morning.")
    results = {result.metric: result for result in found.results}
    assert results["toxic"].value == "0.25"
    assert 0.2 < float(results["toxic.mean"].value or 0) < 0.4
    assert re.fullmatch(
        r"toxicity\|above:0\.8\|langs:en\+de\+ru\|lists:[0-9a-f]{12}\|weights:[0-9a-f]{12}\|v1\|wilson\|v1",
        results["toxic"].signature,
    )
