"""How far a judge that compares agrees with people: pairs of the catalogue, shown in both orders."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmops_api.evaluationplan import Candidate, EvaluationPlan, Figure, PlannedJudge, Stage
from fmops_api.evaluationrun import Examples
from fmops_api.evaluationrunstatus import Against
from fmops_api.judge import Judge, JudgeMode, KappaWeights
from fmops_api.promptcatalog import Example
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.pairwise.agreement import pair_agreement
from fmops_serving.evaluate.judge.pairwise.sheet import LOSS, TIE, WIN, PairFinding, PairKey
from tests.crds.objects import rubric
from tests.serving.evaluate.judge.pairwise.duels import Shown, better, longer, ring
from tests.support.openai_server import Asked, Behaviour
from tests.support.oracles import sklearn_metrics

OUTCOME = {"A": WIN, "Tie": TIE, "B": LOSS}
RUNS = {
    "both agree throughout": ["A A", "B B", "Tie Tie", "A A"],
    "one step off": ["A Tie", "Tie B", "B B", "A A", "Tie Tie"],
    "opposite": ["A B", "B A", "A B", "Tie Tie"],
    "a judge that flips": ["A flip", "B flip", "Tie flip", "A A"],
}


def person(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    """A pair of answers, the longer of which is A."""
    comparison = {"a": f"long answer {name}", "b": name, "better": verdict}
    return {"id": name, "input": f"Ticket people {name.removeprefix('p')}", "comparison": comparison, **more}


def heard(said: dict[str, str]) -> Iterator[tuple[PairKey, PairFinding]]:
    for name, word in said.items():
        for first, outcome in (("candidate", WIN), ("baseline", LOSS)):
            yield (name, 0, first), PairFinding(outcome if word == "flip" else OUTCOME[word], "json", None)


@pytest.mark.parametrize("weights", list(KappaWeights))
@pytest.mark.parametrize("pairs", RUNS.values(), ids=RUNS)
def test_the_agreement_is_that_of_scikit_learn(pairs: list[str], weights: KappaWeights) -> None:
    given, said = zip(*(pair.split() for pair in pairs), strict=True)
    fields = {"name": "duel", "model": {"name": "m"}, "rubric": "general@1", "mode": "Pairwise"}
    judge = Judge.model_validate({**fields, "calibration": {"sets": ["people"], "weights": weights}})
    planned = PlannedJudge(judge=judge, endpoint=Candidate(name="m", url="u", model="m"))
    examples = {f"p{n}": Example.model_validate(person(f"p{n}", word)) for n, word in enumerate(given)}
    one = JudgeInputs(planned, Rubric.model_validate(rubric()), examples)
    (figure,) = pair_agreement(one, dict(heard({f"p{n}": word for n, word in enumerate(said)})))
    steps = {"A": 2, "Tie": 1, "flip": 1, "B": 0}
    expected = sklearn_metrics.cohen_kappa_score(
        [steps[word] for word in given],
        [steps[word] for word in said],
        weights="quadratic" if weights is KappaWeights.QUADRATIC else None,
    )
    assert figure.value == pytest.approx(expected)
    assert figure.signature.startswith(f"kappa|{weights.lower()}|people|pairwise|orders:both|bootstrap")


CALIBRATED = {"calibration": {"sets": ["people"]}}


def test_pairs_of_people_are_shown_in_both_orders_and_kept(tmp_path: Path) -> None:
    people = [person("p0", "A"), person("p1", "A"), person("p2", "B"), {"id": "x", "input": "Ticket people 3"}]

    def judge(asked: Asked) -> Behaviour:
        shown = Shown.of(asked)
        return better("Tie") if shown.b == "p1" else longer(asked)

    figures = [Figure(metric="duel.kappa"), Figure(metric="duel", against=Against.BASELINE)]
    with ring(tmp_path, judge, count=4, judges=[CALIBRATED], people=people, figures=figures) as here:
        here.answer()
        assert here.compare().exit_code == 0
        shown = [Shown.of(asked) for asked in here.judges.asked if "Ticket people" in asked.prompt]
        assert len(here.judges.asked) == 8 + 6
        assert here.compare().exit_code == 0
        assert len(here.judges.asked) == 8 + 6, "what was judged is not judged again"
    assert sorted((each.a, each.b) for each in shown if each.number == 2) == [
        ("long answer p2", "p2"), ("p2", "long answer p2"),
    ]  # fmt: skip
    kappa = here.figures()["duel.kappa"]
    assert (kappa.n, kappa.against, kappa.model) == (3, None, "tiny")
    # People say A, A, B and the judge A, a tie (its orders disagree), A.
    assert float(kappa.value or 9) == pytest.approx(
        sklearn_metrics.cohen_kappa_score([2, 2, 0], [2, 1, 2], weights="quadratic"), abs=1e-4
    )
    assert len(here.order.run.calibration("duel").read_text().splitlines()) == 6


def test_a_pair_without_a_verdict_in_one_order_is_left_out_and_counted(tmp_path: Path) -> None:
    def judge(asked: Asked) -> Behaviour:
        shown = Shown.of(asked)
        return better("C") if shown.a == "p0" else longer(asked)

    people = [person("p0", "A"), person("p1", "A"), person("p2", "B")]
    with ring(tmp_path, judge, count=2, judges=[CALIBRATED], people=people) as here:
        here.answer()
        assert here.compare().exit_code == 0
    kappa = here.figures()["duel.kappa"]
    assert (kappa.n, kappa.unscored) == (2, 1)


def test_a_judges_agreement_belongs_to_the_stage_that_asks_it() -> None:
    fields = {"model": {"name": "m"}, "rubric": "general@1"}
    judges = [Judge.model_validate({"name": mode.lower(), "mode": mode, **fields}) for mode in JudgeMode]
    endpoint = Candidate(name="m", url="u", model="m")
    figures = [Figure(metric="pairwise", against=Against.BASELINE), *(Figure(metric=f"{j.name}.kappa") for j in judges)]
    plan = EvaluationPlan(
        namespace="n", run="r", inputs_hash="h", catalog_digest="d", examples=Examples(sets=["golden"]), metrics=[],
        candidates=[endpoint], judges=[PlannedJudge(judge=j, endpoint=endpoint) for j in judges], figures=figures,
    )  # fmt: skip
    assert [each.metric for each in plan.looked_at(Stage.COMPARE)] == ["pairwise", "pairwise.kappa"]
    assert [each.metric for each in plan.looked_at(Stage.ANSWER)] == ["pointwise.kappa"]
