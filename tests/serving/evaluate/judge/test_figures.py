"""Figures from findings: means over repeats and examples, medians of juries, agreement with people."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate, PlannedJudge
from fmops_api.judge import Judge, Jury
from fmops_api.promptcatalog import Example
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.judge.figures import agreement_figures, judge_figures, jury_figures
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.rows import Finding
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure
from tests.serving.evaluate.judge.courts import rubric

RUBRIC = Rubric.model_validate(rubric(["accuracy"]))


def inputs(name: str = "general", people: Sequence[int] = (), **fields: Any) -> JudgeInputs:
    spec = {"name": name, "model": {"name": "large"}, "rubric": "general@1", **fields}
    planned = PlannedJudge(
        judge=Judge.model_validate(spec), endpoint=Candidate(name="large", url="http://h/v1", model="m", revision="j1")
    )
    judged = {
        f"people/p{n:03}": Example.model_validate(
            {"id": f"p{n:03}", "input": "x", "judgement": {"output": "y", "scores": {"accuracy": score}}}
        )
        for n, score in enumerate(people)
    }
    return JudgeInputs(planned, RUBRIC, judged)


def found(scores: Mapping[Key, float | None]) -> dict[Key, Finding]:
    return {
        key: Finding({"accuracy": score}, "json", None) if score is not None else Finding(None, None, "Unreadable")
        for key, score in scores.items()
    }


def asked(*examples: str, **clusters: str) -> dict[str, str | None]:
    return {**dict.fromkeys(examples), **clusters}


def by_name(figures: Any) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_repeats_of_an_example_are_averaged_first() -> None:
    scores = {("a", 0): 5.0, ("a", 1): 3.0, ("a", 2): 4.0, ("b", 0): 1.0, ("b", 1): None}
    figure = by_name(judge_figures(inputs(), found(scores), asked("a", "b", "c")))["general"]
    assert (figure.value, figure.n, figure.unscored) == (2.5, 2, 1)


def test_nothing_that_was_scored_is_no_figure_and_no_zero() -> None:
    figure = by_name(judge_figures(inputs(), found({("a", 0): None}), asked("a", "b")))["general"]
    assert (figure.value, figure.n, figure.unscored, figure.bounds(0.95)) == (None, 0, 2, (None, None))
    assert "|none|" in figure.signature


def test_both_forms_stand_in_the_signature() -> None:
    findings = {("a", 0): Finding({"accuracy": 1}, "json", None), ("b", 0): Finding({"accuracy": 1}, "lines", None)}
    assert "|json+lines|" in by_name(judge_figures(inputs(), findings, asked("a", "b")))["general"].signature


@pytest.mark.parametrize(
    ("scores", "median"),
    [
        ([1, 2, 5], 2),
        ([1, None, 5], 3),
        ([None, None, 5], None),
        ([None, None, None], None),
    ],
    ids=["three scores", "two of three", "one of three is no majority", "nobody"],
)
def test_a_jury_takes_the_median_where_most_of_it_scored(scores: list[float | None], median: float | None) -> None:
    names = ["a", "b", "c"]
    judges = {name: inputs(name) for name in names}
    rows = {name: found({("e", 0): score}) for name, score in zip(names, scores, strict=True)}
    figure = by_name(jury_figures(Jury(name="panel", judges=names), judges, rows, asked("e")))["panel"]
    assert (figure.value, figure.n + figure.unscored) == (median, 1)


def test_expected_scores_are_rounded_before_they_are_compared() -> None:
    judge = inputs(people=[1, 3, 5], calibration={"sets": ["people"], "weights": "None"})
    said = {("people/p000", 0): 1.4, ("people/p001", 0): 2.5, ("people/p002", 0): 4.6}
    assert by_name(agreement_figures(judge, found(said)))["general.kappa"].value == 1


def test_what_the_judge_did_not_score_is_missing_from_its_agreement() -> None:
    judge = inputs(people=[1, 3, 5, 5], calibration={"sets": ["people"]})
    said = {("people/p000", 0): 1.0, ("people/p001", 0): 3.0, ("people/p002", 0): None}
    figure = by_name(agreement_figures(judge, found(said)))["general.kappa"]
    assert (figure.value, figure.n, figure.unscored) == (1, 2, 2)


def test_one_score_throughout_is_no_agreement() -> None:
    judge = inputs(people=[4, 4, 4], calibration={"sets": ["people"]})
    figure = by_name(agreement_figures(judge, found({(f"people/p00{n}", 0): 4.0 for n in range(3)})))["general.kappa"]
    assert (figure.value, figure.bounds(0.95)) == (None, (None, None))


def test_no_verdict_at_all_is_no_agreement() -> None:
    judge = inputs(people=[4, 2], calibration={"sets": ["people"]})
    figures = by_name(agreement_figures(judge, {}))
    assert {(f.value, f.n, f.unscored) for f in figures.values()} == {(None, 0, 2)}


def test_the_bounds_of_agreement_are_the_same_again_and_hold_the_value() -> None:
    judge = inputs(people=[1 + n % 5 for n in range(60)], calibration={"sets": ["people"]})
    said = found({(f"people/p{n:03}", 0): float(min(5, 1 + n % 5 + (n % 3 == 0))) for n in range(60)})
    first, again = (by_name(agreement_figures(judge, said))["general.kappa"] for _ in range(2))
    low, high = first.bounds(0.95)
    assert (low, high) == again.bounds(0.95)
    assert low is not None
    assert high is not None
    assert first.value is not None
    assert 0.7 < low < first.value < high <= 1


def test_examples_of_a_cluster_say_less_than_strangers() -> None:
    scores = found({(f"e{n}", 0): 1.0 + n // 5 % 5 for n in range(50)})
    names = [f"e{n}" for n in range(50)]
    alone = by_name(judge_figures(inputs(), scores, asked(*names)))["general"]
    shared = by_name(judge_figures(inputs(), scores, {name: f"c{n // 5}" for n, name in enumerate(names)}))["general"]
    assert (alone.value, alone.n, alone.units) == (shared.value, shared.n, 50) == (3, 50, 50)
    assert shared.units == 10
    assert shared.signature.endswith("|scale:1-5|t:clustered|v1")
    (a_low, a_high), (s_low, s_high) = alone.bounds(0.95), shared.bounds(0.95)
    assert None not in {a_low, a_high, s_low, s_high}
    assert (s_high or 0) - (s_low or 0) > 2 * ((a_high or 0) - (a_low or 0))


def test_repeats_are_no_further_units_of_a_jury() -> None:
    judges = {name: inputs(name) for name in "ab"}
    rows = {name: found({("e", 0): 4, ("e", 1): 4, ("f", 0): 2, ("f", 1): 3}) for name in judges}
    figures = by_name(jury_figures(Jury(name="panel", judges=["a", "b"]), judges, rows, asked("e", "f", "g")))
    assert (figures["panel"].value, figures["panel"].n, figures["panel"].unscored) == (3.25, 2, 1)
    agreement = figures["panel.accuracy.alpha"]
    assert (agreement.value, agreement.n, agreement.unscored, agreement.units) == (1, 2, 1, 2)
