"""Whether judges, their gates and a catalogue fit: each row is a run and the fault that it has."""

from typing import Any

import pytest

from fmops_api.evaluationplan import Catalog
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.promptcatalog import PromptCatalogSpec
from fmops_serving.prompts.catalog import resolve
from fmops_serving.prompts.judges import figure_faults, find_rubric, judge_faults, labelled, rubric_fault
from fmops_serving.prompts.steps import find_prompt
from tests.crds.objects import evaluation_run, gate, judge, rubric

CRITERION = {"name": "detail", "description": "?", "anchors": {"0": "no", "10": "yes"}}
SCORES = {"helpfulness": 4}


def catalog(scores: dict[str, int] | None = None, **example: Any) -> Catalog:
    judged = {"id": "a", "input": "x", "judgement": {"output": "y", "scores": scores or SCORES}, **example}
    message = {"role": "User", "content": "{{ input }}"}
    spec = {
        "templates": [{"name": "triage", "version": 1, "messages": [message], "variables": [{"name": "input"}]}],
        "rubrics": [
            rubric(),
            rubric(name="ten", criteria=[CRITERION], scale={"min": 0, "max": 10}),
        ],
        "exampleSets": [
            {"name": "people", "examples": [judged, {"id": "b", "input": "unjudged"}]},
            {"name": "golden", "examples": [{"id": "a", "input": "x"}]},
        ],
    }
    found = resolve(PromptCatalogSpec.model_validate(spec), {})
    assert found.catalog is not None, found.faults
    return found.catalog


def spec_of(**fields: Any) -> Any:
    return EvaluationRun.parse({**evaluation_run(**fields), "metadata": {"name": "run"}}).spec


def faults_of(fields: dict[str, Any], found: Catalog) -> list[str]:
    (one,) = spec_of(judges=[judge(**fields)]).judges
    missing = rubric_fault(one, found)
    prompt = find_prompt(found, "triage@1", None)
    assert prompt is not None
    return [str(fault) for fault in (missing, *judge_faults(one, found, prompt)) if fault]


PEOPLE = {"calibration": {"sets": ["people"]}}
JUDGES: dict[str, tuple[dict[str, Any], Catalog, str]] = {
    "an unknown rubric": ({"rubric": "genera@1"}, catalog(), "no rubric genera@1; did you mean general@1?"),
    "an unknown version": ({"rubric": "general@2"}, catalog(), "no rubric general@2; did you mean general@1?"),
    "expected scores of two digits": (
        {"rubric": "ten@1", "scoring": "Expected"},
        catalog(),
        "spec.judges[general].scoring: Expected needs scores of one digit, and ten@1 goes to 10: use Verdict",
    ),
    "a criterion that the rubric has not": (
        PEOPLE,
        catalog({"helpfulnes": 4, "helpfulness": 4}),
        "people/a scores helpfulnes, which is no criterion of general@1; did you mean helpfulness?",
    ),
    "a score that the rubric has not": (
        PEOPLE,
        catalog({"helpfulness": 0}),
        "people/a scores helpfulness with 0, and general@1 goes from 1 to 5",
    ),
    "a criterion that nobody judged": (
        {"calibration": {"sets": ["golden"]}},
        catalog(),
        "no example of these sets has a judgement with a score for helpfulness",
    ),
    "a task that the template cannot ask": (
        PEOPLE,
        catalog(input=None, variables={"other": "x"}),
        "people/a does not fit template triage@1: variable input is required and has no value",
    ),
}


@pytest.mark.parametrize(("fields", "found", "words"), JUDGES.values(), ids=JUDGES)
def test_what_does_not_fit_is_told(fields: dict[str, Any], found: Catalog, words: str) -> None:
    (fault,) = faults_of(fields, found)
    assert words in fault


def test_what_fits_is_silent() -> None:
    assert faults_of(PEOPLE, catalog()) == []
    assert faults_of({"rubric": "ten@1"}, catalog()) == []
    assert faults_of({"scoring": "Expected"}, catalog()) == []


COMPARED: dict[str, Any] = {"comparison": {"a": "one", "b": "another", "better": "Tie"}}
PAIRS = {"mode": "Pairwise", "calibration": {"sets": ["people", "golden"]}}


def test_only_examples_that_people_judged_in_the_judges_own_way_calibrate() -> None:
    (pointwise,) = spec_of(judges=[judge(calibration=PAIRS["calibration"])]).judges
    (pairwise,) = spec_of(judges=[judge(**PAIRS)]).judges
    assert list(labelled(catalog(), pointwise)) == ["people/a"]
    assert list(labelled(catalog(), pairwise)) == []
    assert list(labelled(catalog(**COMPARED), pairwise)) == ["people/a"]
    assert list(labelled(catalog(judgement=None, **COMPARED), pointwise)) == []


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (COMPARED, ""),
        ({}, "spec.judges[general].calibration.sets: no example of these sets has a comparison: two answers, and"),
        ({**COMPARED, "input": None, "variables": {"other": "x"}}, "people/a does not fit template triage@1"),
    ],
)
def test_a_judge_that_compares_needs_pairs_that_the_template_can_ask_for(example: dict[str, Any], words: str) -> None:
    found = faults_of(PAIRS, catalog(**example))
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_a_rubric_is_found_by_name_and_version() -> None:
    found = find_rubric(catalog().rubrics, "ten@1")
    assert found is not None
    assert found.scale.max == 10


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("general", "5", ""),
        ("general.helpfulness", "1", ""),
        ("panel.helpfulness.alpha", "-0.5", ""),
        ("f1", "0.8", ""),
        ("general", "5.01", "spec.gates[0].value: 5.01 is off the scale: general goes from 1 to 5"),
        ("general", "0.8", "off the scale"),
        ("panel.helpfulness.alpha", "2", "panel.helpfulness.alpha goes from -1 to 1"),
        ("general.accuracy", "3", "spec.gates[0].metric: general@1 has no accuracy; known: helpfulness"),
        ("general.helpfulness.alpha", "0.5", "general@1 has no helpfulness.alpha"),
    ],
)
def test_a_gate_asks_for_what_the_rubric_gives(metric: str, value: str, words: str) -> None:
    spec = spec_of(
        judges=[judge(), judge(name="second")],
        juries=[{"name": "panel", "judges": ["general", "second"]}],
        gates=[gate(metric=metric, value=value)],
    )
    found = [str(fault) for fault in figure_faults(spec, catalog())]
    assert len(found) == bool(words)
    assert words in "".join(found)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("general", ""),
        ("general.ties", ""),
        ("general.positionFlipRate", ""),
        ("panel.alpha", ""),
        ("panel.losses", ""),
        ("general.helpfulness", "spec.gates[0].metric: general compares, and has no helpfulness"),
        ("general.loses", "general compares, and has no loses; did you mean losses?"),
        ("general.alpha", "general compares, and has no alpha"),
        ("panel.positionFlipRate", "panel compares, and has no positionFlipRate"),
    ],
)
def test_a_gate_asks_for_what_a_judge_that_compares_gives(metric: str, words: str) -> None:
    spec = spec_of(
        candidates={"models": [{"name": "model"}, {"name": "base"}]},
        baseline={"name": "base"},
        sink={"persistentVolumeClaim": {"claimName": "rows"}},
        judges=[judge(mode="Pairwise"), judge(name="second", mode="Pairwise")],
        juries=[{"name": "panel", "judges": ["general", "second"]}],
        gates=[gate(metric=metric, value="0.5", against="Baseline")],
    )
    found = [str(fault) for fault in figure_faults(spec, catalog())]
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_a_criterion_asks_for_what_the_rubric_gives() -> None:
    criteria = [
        {"metric": f"general{part}", "goal": "Maximize", "priority": priority}
        for priority, part in enumerate(["", ".helpfulness", ".accuracy"])
    ]
    spec = spec_of(judges=[judge()], selection={"criteria": criteria})
    (fault,) = figure_faults(spec, catalog())
    assert str(fault) == "spec.selection.criteria[2].metric: general@1 has no accuracy; known: helpfulness"


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("latency.request.p95.c8", ""),
        ("throughput.requests.c1", ""),
        ("cost.marginal", ""),
        ("latency.request.p95", ""),
        ("latency.request.p95.c80", "spec.gates[0].metric: latency.request.p95.c80 is a figure at 80 requests at once"),
        ("cost.reserved.c3", "at 3 requests at once, and performance.concurrency measures 1, 8"),
        ("throughput.requests.c2", "throughput.requests.c2 is a figure at 2 requests at once"),
    ],
)
def test_a_gate_asks_for_a_load_that_is_measured(metric: str, words: str) -> None:
    spec = spec_of(performance={"concurrency": [8, 1]}, gates=[gate(metric=metric, value="5")])
    found = [str(fault) for fault in figure_faults(spec, catalog())]
    assert len(found) == bool(words)
    assert words in "".join(found)
