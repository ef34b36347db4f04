"""Whether judges may decide: each row is a run, what was measured, and what follows."""

from typing import Any

import pytest

from fmops_api.choose.decision import Evidence, choose
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.evaluationrunstatus import GateResult, Result, Verdict
from fmops_api.selection import Selection
from fmops_api.trust import Trust, judge_trusted, with_doubts
from tests.crds.objects import evaluation_run, judge

CANDIDATES = ["model", "other"]
CALIBRATED = {"calibration": {"sets": ["people"], "minKappa": "0.6"}}
LOW = "judge general: kappa 0.4 [0.2, 0.6], n=50 is below minKappa 0.6"


def spec(*judges: dict[str, Any], **more: Any) -> Any:
    manifest = evaluation_run(judges=list(judges), **more)
    return EvaluationRun.parse({**manifest, "metadata": {"name": "run"}}).spec


def kappa(value: str | None, name: str = "general") -> Result:
    low, high = (f"{float(value) - 0.2:g}", f"{float(value) + 0.2:g}") if value else (None, None)
    return Result(model="model", metric=f"{name}.kappa", value=value, low=low, high=high, n=50)


MEAN = Result(model="model", metric="general", value="4.2", n=50)
SELF = judge(model={"name": "model"})
TWO = (judge(name="first", **CALIBRATED), judge(name="second", **CALIBRATED))
CONDITIONS: dict[str, tuple[Any, list[Result], tuple[str, str, str]]] = {
    "it agrees with people": (
        spec(judge(**CALIBRATED)),
        [MEAN, kappa("0.6")],
        ("True", "JudgesAgree", "general: kappa 0.6 [0.4, 0.8], n=50"),
    ),
    "it does not": (spec(judge(**CALIBRATED)), [MEAN, kappa("0.4")], ("False", "LowAgreement", LOW)),
    "nobody knows": (
        spec(judge(**CALIBRATED)),
        [MEAN],
        ("False", "AgreementUnknown", "judge general: its agreement with people is not known"),
    ),
    "there was nothing to agree on": (
        spec(judge(**CALIBRATED)),
        [MEAN, kappa(None)],
        ("False", "AgreementUnknown", "judge general: its agreement with people is not known"),
    ),
    "it is held against nobody": (
        spec(judge()),
        [MEAN],
        ("Unknown", "NotCalibrated", "without calibration: general"),
    ),
    "it judges itself": (
        spec(SELF),
        [MEAN],
        ("False", "SelfJudging", "judge general is model, which judges itself here"),
    ),
    "one of two does not agree": (
        spec(*TWO),
        [kappa("0.9", "first"), kappa("0.1", "second")],
        ("False", "LowAgreement", "judge second: kappa 0.1 [-0.1, 0.3], n=50 is below minKappa 0.6"),
    ),
}


@pytest.mark.parametrize(("run", "results", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_the_condition_says_whether_judges_are_trusted(
    run: Any, results: list[Result], expected: tuple[str, str, str]
) -> None:
    found = judge_trusted(Trust(run, CANDIDATES, results), complete=True)
    assert found is not None
    assert (found.status, found.reason, found.message) == expected


@pytest.mark.parametrize(
    ("run", "results", "expected"),
    [
        (spec(judge(**CALIBRATED)), [], ("Unknown", "Undecided")),
        (spec(judge(**CALIBRATED)), [MEAN], ("Unknown", "Undecided")),
        (spec(judge(**CALIBRATED)), [kappa("0.4")], ("False", "LowAgreement")),
        (spec(SELF), [], ("False", "SelfJudging")),
        (spec(judge(**CALIBRATED)), [kappa("0.7")], ("True", "JudgesAgree")),
    ],
    ids=["nothing yet", "another candidate's figures", "too little agreement", "itself", "enough agreement"],
)
def test_what_is_not_known_yet_is_undecided_while_it_runs(
    run: Any, results: list[Result], expected: tuple[str, str]
) -> None:
    found = judge_trusted(Trust(run, CANDIDATES, results), complete=False)
    assert found is not None
    assert (found.status, found.reason) == expected


def test_a_run_without_judges_has_no_such_condition() -> None:
    assert judge_trusted(Trust(spec(), CANDIDATES, [MEAN]), complete=True) is None


JURY = {"juries": [{"name": "panel", "judges": ["first", "second"]}]}
GATES: dict[str, tuple[Any, list[Result], str, str, bool]] = {
    "a trusted judge decides": (spec(judge(**CALIBRATED)), [kappa("0.7")], "general", "model", False),
    "one without calibration decides": (spec(judge()), [], "general", "model", False),
    "an untrusted judge decides nothing": (spec(judge(**CALIBRATED)), [kappa("0.4")], "general", "model", True),
    "nor does a part of it": (spec(judge(**CALIBRATED)), [kappa("0.4")], "general.helpfulness", "model", True),
    "a metric decides all the same": (spec(judge(**CALIBRATED)), [kappa("0.4")], "f1", "model", False),
    "a judge decides nothing about itself": (spec(SELF), [], "general", "model", True),
    "and decides about others": (spec(SELF), [], "general", "other", False),
    "a jury with an untrusted judge decides nothing": (
        spec(*TWO, **JURY), [kappa("0.9", "first"), kappa("0.1", "second")], "panel.accuracy", "model", True
    ),
    "a jury of trusted ones decides": (
        spec(*TWO, **JURY), [kappa("0.9", "first"), kappa("0.8", "second")], "panel", "model", False
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", GATES.values(), ids=GATES)
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_gate_is_left_open_on_the_word_of_a_judge_that_is_not_trusted(
    row: tuple[Any, list[Result], str, str, bool], verdict: Verdict
) -> None:
    run, results, metric, model, doubted = row
    gate = GateResult(model=model, metric=metric, verdict=verdict, observed="4.2 [4.0, 4.4]")
    (found,) = with_doubts([gate], Trust(run, CANDIDATES, results))
    assert found.verdict == (Verdict.INCONCLUSIVE if doubted else verdict)
    assert (found == gate) is not doubted
    if doubted:
        assert found.observed.startswith("4.2 [4.0, 4.4]; judge ")


def _of(metric: str, model: str, value: str, against: Any = None) -> Result:
    return Result(model=model, metric=metric, against=against, value=value, low=value, high=value, n=50)


def duelling(by: str = "large") -> Any:
    """A run whose judge compares with the baseline `other`."""
    return spec(
        judge(mode="Pairwise", model={"name": by}),
        candidates={"models": [{"name": name} for name in CANDIDATES]},
        baseline={"name": "other"},
        sink={"persistentVolumeClaim": {"claimName": "rows"}},
    )


@pytest.mark.parametrize(("by", "doubted"), [("large", []), ("model", ["model"]), ("other", ["model", "other"])])
def test_a_judge_that_compares_itself_decides_nothing_about_itself_nor_against_itself(
    by: str, doubted: list[str]
) -> None:
    trust = Trust(duelling(by), CANDIDATES, [])
    assert [name for name in CANDIDATES if trust.about("general", name)] == doubted
    found = judge_trusted(trust, complete=True)
    assert found is not None
    assert found.reason == ("SelfJudging" if doubted else "NotCalibrated")


@pytest.mark.parametrize(("rate", "first"), [("0.6", "model"), ("0.4", "other")])
def test_in_a_choice_by_a_win_rate_the_baseline_is_as_good_as_itself(rate: str, first: str) -> None:
    selection = Selection.model_validate({"criteria": [{"metric": "general", "goal": "Maximize", "priority": 0}]})
    results = [_of("general", "model", rate, "Baseline")]
    choice = choose(selection, Evidence(CANDIDATES, results, [], {}, Trust(duelling(), CANDIDATES, results)))
    assert choice.selected is not None
    assert choice.selected.model == first
    assert "0.5" in choice.message
    parts = Selection.model_validate({"criteria": [{"metric": "general.wins", "goal": "Maximize", "priority": 0}]})
    choice = choose(parts, Evidence(CANDIDATES, [], [], {}, Trust(duelling(), CANDIDATES, [])))
    assert [ranked.rank for ranked in choice.ranking] == [None, None]
    assert "general.wins of the baseline is not known" in choice.message


@pytest.mark.parametrize(
    ("run", "results", "selected", "words"),
    [
        (spec(judge(**CALIBRATED)), [kappa("0.7")], "other", "ahead of model by general"),
        (spec(judge(**CALIBRATED)), [kappa("0.4")], None, f"model: not ranked: {LOW}"),
        (spec(SELF), [], "other", "the only candidate that can be selected"),
    ],
    ids=[
        "a trusted judge decides",
        "an untrusted one chooses nobody",
        "nor one among others by what it says of itself",
    ],
)
def test_a_choice_looks_at_no_judge_that_is_not_trusted(
    run: Any, results: list[Result], selected: str | None, words: str
) -> None:
    selection = Selection.model_validate({"criteria": [{"metric": "general", "goal": "Maximize", "priority": 0}]})
    results = [*results, _of("general", "model", "3"), _of("general", "other", "4")]
    choice = choose(selection, Evidence(CANDIDATES, results, [], {}, Trust(run, CANDIDATES, results)))
    assert (choice.selected.model if choice.selected else None) == selected
    assert words in choice.message
