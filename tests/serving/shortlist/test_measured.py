"""Constraints over what was measured: what holds, what keeps from being selected and on what figures, what is wrong."""

from typing import Any

import pytest

from fmops_api.choose.decision import Evidence
from fmops_api.evaluationrun import EvaluationRun, EvaluationRunSpec
from fmops_api.evaluationrunstatus import Against, Result
from fmops_api.trust import Trust
from fmops_serving.shortlist.measured import breaches, faults_of_selection
from tests.crds.choices import priced
from tests.crds.objects import evaluation_run

BY_F1 = {"metric": "f1", "goal": "Maximize", "priority": 0}
DUEL = {"name": "duel", "model": {"name": "big"}, "rubric": "general@1", "mode": "Pairwise"}
SCORED = {
    "name": "general",
    "model": {"name": "big"},
    "rubric": "general@1",
    "calibration": {"sets": ["people"], "minKappa": "0.6"},
}
METRICS = [{"name": "f1", "type": "Classification"}, {"name": "latency", "type": "Latency"}]


def spec(*constraints: str, **more: Any) -> EvaluationRunSpec:
    selection = {"criteria": [BY_F1], "constraints": list(constraints)}
    manifest = evaluation_run(
        candidates={"models": [{"name": "base"}, {"name": "new"}]}, metrics=METRICS, selection=selection, **more
    )
    return EvaluationRun.parse(manifest).spec


def figure(model: str, metric: str, text: str, against: Against | None = None, **more: Any) -> Result:
    value, low, high = [None if part == "-" else part for part in (text.split() * 3)[:3]]
    return Result(model=model, metric=metric, value=value, low=low, high=high, n=60, against=against, **more)


RESULTS = [
    figure("new", "f1", "0.84 0.81 0.87"),
    figure("new", "f1", "0.84 0.70 0.95", confidence="0.99"),
    figure("new", "coverage", "1"),
    figure("new", "cost", "0.002 0.001 0.003"),
    figure("new", "latency.request.p95", "1.5 1.2 -"),
    figure("new", "f1.recall", "-"),
    figure("new", "f1", "-0.02 -0.05 0.01", Against.BASELINE),
    figure("new", "duel", "0.6 0.5 0.7", Against.BASELINE),
    figure("new", "duel.wins", "0.5 0.4 0.6", Against.BASELINE),
    figure("base", "f1", "0.86 0.83 0.89"),
    figure("base", "general.kappa", "0.3"),
    figure("new", "general", "4 3.8 4.2"),
]
COMPARED: dict[str, Any] = {
    "baseline": {"name": "base"},
    "judges": [DUEL],
    "sink": {"persistentVolumeClaim": {"claimName": "rows"}},
}


def said(text: str, model: str = "new", **more: Any) -> str:
    """Why a candidate breaks a constraint, without the words that every such sentence begins with."""
    wanted = spec(text, **{**COMPARED, **more})
    trust = Trust(wanted, ["base", "new"], RESULTS)
    found = breaches(wanted, Evidence(["base", "new"], RESULTS, [], {"new": priced("2.0")}, trust))
    return found.get(model, "").removeprefix("it breaks a constraint: ")


@pytest.mark.parametrize(
    "text",
    [
        "results.f1.low >= 0.8",
        "results['f1'].value == 0.84 && results[\"f1\"].high < 0.9",
        "results.f1.n >= 60 && results.f1.unscored == 0",
        "results.coverage.value >= 0.98 && results.cost.high < 0.01",
        "results['latency.request.p95'].value < 2.0",
        "againstBaseline.f1.low >= -0.05",
        "againstBaseline.duel.value > 0.5 && againstBaseline['duel.wins'].low > 0.3",
        "card.pricing.outputPerMillionTokens < 3.0 || results.f1.low > 0.9",
        "!has(results.errors) && ['f1', 'coverage'].all(m, results[m].value > 0.5)",
    ],
)
def test_what_holds(text: str) -> None:
    assert said(text) == ""
    assert list(faults_of_selection(spec(text, **COMPARED))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "results.f1.low >= 0.85",
            "results.f1.low >= 0.85 is not true: f1 is 0.84 [0.81, 0.87], n=60",
            id="the value found stands beside the expression",
        ),
        pytest.param(
            "againstBaseline.f1.low > -0.01 && results.cost.value < 1.0",
            "againstBaseline.f1.low > -0.01 && results.cost.value < 1.0 is not true:"
            " f1 against the baseline is -0.02 [-0.05, 0.01], n=60, cost is 0.002 [0.001, 0.003], n=60",
            id="every figure that it looks at",
        ),
        pytest.param(
            "card.pricing.outputPerMillionTokens < 1.0",
            "card.pricing.outputPerMillionTokens < 1.0 is not true",
            id="a card that says no",
        ),
        pytest.param("results.errors.value < 0.1", "errors was not measured", id="what was not measured is not true"),
        pytest.param("!(results.errors.value > 0.1)", "errors was not measured", id="nor is its opposite"),
        pytest.param("results['f1.recall'].low > 0.1", "f1.recall was not measured", id="nobody could be scored"),
        pytest.param(
            "results.errors.value > 0.1 ? false : true", "errors was not measured", id="a question about the unknown"
        ),
        pytest.param(
            "results['latency.request.p95'].high < 2.0",
            "the interval of latency.request.p95 has no high end: it is 1.5 [1.2, ∞]",
            id="an end that nobody knows",
        ),
        pytest.param(
            "results.general.low > 3.0",
            "judge general: kappa 0.3 [0.3, 0.3], n=60 is below minKappa 0.6",
            id="a judge whom nobody trusts",
        ),
        pytest.param("card.openness == 'OpenWeights'", "nobody knows its openness", id="a card that is silent"),
        pytest.param("['rouge'].all(m, results[m].low > 0.1)", "looks at an entry that is not there", id="made up"),
    ],
)
def test_what_keeps_from_being_selected(text: str, words: str) -> None:
    judges = [SCORED] if "general" in text else [DUEL]
    found = said(text, judges=judges)
    assert found.startswith(text)
    assert found.endswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("againstBaseline.f1.low >= -0.01", ""),
        ("againstBaseline.duel.value >= 0.5", ""),
        ("againstBaseline.duel.value > 0.5", "duel against the baseline is 0.5 [0.5, 0.5], n=60"),
        ("againstBaseline['duel.wins'].low > 0.3", "duel.wins against the baseline was not measured"),
    ],
)
def test_the_baseline_is_as_good_as_itself(text: str, words: str) -> None:
    assert said(text, "base").endswith(words)
    assert bool(said(text, "base")) == bool(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("results.f1.low >=", "is no CEL expression"),
        ("results.f1.low", "gives a number, and a constraint is true or false"),
        ("result.f1.low > 0.1", "there is no result; a constraint looks at results, againstBaseline and card"),
        ("results.f2.low > 0.1", "the run has no figure f2: name one of its metrics, judges or juries"),
        (
            "results.latency.request.p95.high < 2.0",
            "a name with a dot is written in brackets, as results['latency.request.p95']",
        ),
        ("results['f1.median'].low > 0.1", "the run has no figure f1.median"),
        ("results.f1.point > 0.1", "results.f1 has no point: a figure has value, low, high, n, unscored, and"),
        ("results.f1.n > 30.5", "compares what cannot be compared"),
        ("results.duel.value > 0.5", "duel compares with the baseline: write againstBaseline.duel"),
        ("againstBaseline.general.low > 0.0", "no paired difference of a judge's scores: write results.general"),
        ("results['general.kappa'].value > 0.5", "ask for agreement by calibration.minKappa"),
        ("againstBaseline['latency.request.p95'].low < 1.0", "is measured at different times"),
        ("results['throughput.requests.c8'].low > 5.0", "throughput.requests.c8 is a figure at 8 requests at once"),
        ("againstBaseline['throughput.requests.c4'].low > 5.0", "candidates are loaded at different times"),
    ],
)
def test_what_is_wrong_whatever_is_measured(text: str, words: str) -> None:
    wanted = spec("true", text, **{**COMPARED, "judges": [DUEL, SCORED], "performance": {"concurrency": [4]}})
    [(place, fault)] = faults_of_selection(wanted)
    assert (place, fault.startswith(text)) == (1, True)
    assert words in fault


def test_an_expression_that_goes_on_for_too_long_excludes_and_says_so() -> None:
    text = "results.all(a, results.all(b, results.all(c, a != b || b != c || c == a)))"
    many = [figure("new", f"f1.m{n}", "0.5") for n in range(40)]
    wanted = spec(text)
    found = breaches(wanted, Evidence(["new"], many, [], {}))
    assert "goes over more than 2000 entries: nest less" in found["new"]


def test_nobody_breaks_what_is_not_asked_for() -> None:
    assert breaches(EvaluationRun.parse(evaluation_run()).spec, Evidence(["new"], RESULTS, [], {})) == {}
