"""Judges, juries and judgements that must be refused."""

from collections.abc import Sequence
from typing import Any

from tests.crds.objects import Manifest, evaluation_run, example_set, gate, judge, prompt_catalog, rubric
from tests.crds.rows import Refused

TAKEN = "a jury is a figure as a judge is: give it a name that no metric and no judge has"


def _judge(**fields: Any) -> Manifest:
    return evaluation_run(judges=[judge(**fields)])


def _jury(name: str = "panel", members: Sequence[str] = ("first", "second"), second: str = "general@1") -> Manifest:
    judges = [judge(name="first"), judge(name="second", rubric=second)]
    return evaluation_run(judges=judges, juries=[{"name": name, "judges": list(members)}])


def _duel(**fields: Any) -> Manifest:
    """A run with a judge that compares and all that it needs."""
    return evaluation_run(
        candidates={"models": [{"name": "model"}, {"name": "base"}]},
        baseline={"name": "base"},
        sink={"persistentVolumeClaim": {"claimName": "rows"}},
        **{"judges": [judge(mode="Pairwise")], **fields},
    )


def _gate(**fields: Any) -> Manifest:
    return evaluation_run(judges=[judge()], gates=[gate(**fields)])


def _judgement(**fields: Any) -> Manifest:
    judgement = {"output": "yes", "scores": {"helpfulness": 4}, **fields}
    return prompt_catalog(exampleSets=[example_set(examples=[{"id": "a", "input": "x", "judgement": judgement}])])


def _criterion(name: str) -> Manifest:
    criterion = {"name": name, "description": "?", "anchors": {"1": "no", "5": "yes"}}
    return prompt_catalog(rubrics=[rubric(criteria=[criterion])])


ROWS = (
    Refused(
        "a judge held against the baseline",
        evaluation_run(
            judges=[judge()],
            candidates={"models": [{"name": "model"}, {"name": "base"}]},
            baseline={"name": "base"},
            sink={"persistentVolumeClaim": {"claimName": "rows"}},
            gates=[gate(metric="general.helpfulness", value="0", against="Baseline")],
        ),
        "spec",
        "a gate against Baseline looks at metrics and Pairwise judges: give the least score",
    ),
    Refused(
        "a judge that compares with nobody",
        _judge(mode="Pairwise"),
        "spec",
        "a Pairwise judge compares with baseline: name the candidate to compare with",
    ),
    Refused(
        "a budget that would not count a judge that compares",
        _duel(execution={"budget": {"tokens": 1000}}),
        "spec",
        "execution.budget does not count what Pairwise judges take: remove them, or remove budget",
    ),
    Refused(
        "expected scores of a judge that compares",
        _duel(judges=[judge(mode="Pairwise", scoring="Expected")]),
        "spec",
        "scoring Expected weighs scores, and a Pairwise judge gives none",
    ),
    Refused(
        "a jury of one that scores and one that compares",
        _duel(
            judges=[judge(mode="Pairwise"), judge(name="second")],
            juries=[{"name": "panel", "judges": ["general", "second"]}],
        ),
        "spec",
        "the judges of a jury are all Pointwise or all Pairwise",
    ),
    Refused(
        "a win rate that is against nobody",
        _duel(gates=[gate(metric="general", value="0.5")]),
        "spec",
        "a gate on a Pairwise judge has against: Baseline",
    ),
    Refused(
        "a part of a jury's win rate that is against nobody",
        _duel(
            judges=[judge(mode="Pairwise"), judge(name="second", mode="Pairwise")],
            juries=[{"name": "panel", "judges": ["general", "second"]}],
            gates=[gate(metric="panel.wins", value="0.5")],
        ),
        "spec",
        "a gate on a Pairwise judge has against: Baseline",
    ),
    Refused(
        "a win rate in per cent",
        _duel(gates=[gate(metric="general", value="50", against="Baseline")]),
        "spec",
        "a gate on a Pairwise judge has a share from 0 to 1 as value",
    ),
    Refused(
        "a win rate below nothing",
        _duel(gates=[gate(metric="general", value="-0.1", against="Baseline")]),
        "spec",
        "a gate on a Pairwise judge has a share from 0 to 1 as value",
    ),
    Refused(
        "a calibration where a chain is asked",
        evaluation_run(template=None, chain="reply@1", judges=[judge(calibration={"sets": ["people"]})]),
        "spec",
        "calibration shows a judge what people judged as an answer to template",
    ),
    Refused(
        "a choice by how far a judge agrees with people",
        evaluation_run(
            judges=[judge()],
            selection={"criteria": [{"metric": "general.kappa", "goal": "Maximize", "priority": 0}]},
        ),
        "spec",
        "how far a judge agrees with people says nothing about a candidate",
    ),
    Refused(
        "a choice by a judge that is not there",
        evaluation_run(
            judges=[judge()], selection={"criteria": [{"metric": "genera.accuracy", "goal": "Maximize", "priority": 0}]}
        ),
        "spec",
        "a criterion names one of the run's metrics, judges or juries",
    ),
    Refused("a judge without a model", _judge(model=None), "spec.judges[0].model", "Required value"),
    Refused("a judge without a rubric", _judge(rubric=None), "spec.judges[0].rubric", "Required value"),
    Refused(
        "a rubric by a label",
        _judge(rubric="general@production"),
        "spec.judges[0].rubric",
        "must be name@version of a rubric, such as general@1",
    ),
    Refused("a judge's name with a dash", _judge(name="my-judge"), "spec.judges[0].name", "must be letters and digits"),
    Refused(
        "a judge with the name of a built-in",
        _judge(name="errors"),
        "spec.judges[0]",
        "coverage and errors are built in: choose another name",
    ),
    Refused(
        "a judge with the name of a metric",
        _judge(name="f1"),
        "spec",
        "a judge is a figure as a metric is: give it a name that no metric has",
    ),
    Refused("a judge twice", evaluation_run(judges=[judge(), judge()]), "spec.judges[1]", "Duplicate value"),
    Refused(
        "a mode that has not landed", _judge(mode="Listwise"), "spec.judges[0].mode", 'supported values: "Pointwise"'
    ),
    Refused("a verdict of no tokens", _judge(maxTokens=0), "spec.judges[0].maxTokens", "greater than or equal to 1"),
    Refused(
        "a calibration on nothing",
        _judge(calibration={"sets": []}),
        "spec.judges[0].calibration.sets",
        "should have at least 1 items",
    ),
    Refused(
        "an agreement beyond everything",
        _judge(calibration={"sets": ["people"], "minKappa": "1.5"}),
        "spec.judges[0].calibration.minKappa",
        "must be a fraction from 0 to 1",
    ),
    Refused(
        "an agreement of nothing",
        _judge(calibration={"sets": ["people"], "minKappa": "0"}),
        "spec.judges[0].calibration.minKappa",
        "must be more than zero",
    ),
    Refused("a jury of one", _jury(members=["first"]), "spec.juries[0].judges", "should have at least 2 items"),
    Refused(
        "a jury with a stranger",
        _jury(members=["first", "nobody"]),
        "spec",
        "a jury names judges of this run: one of its judges is not in spec.judges",
    ),
    Refused(
        "a jury that scores by two rubrics",
        _jury(second="general@2"),
        "spec",
        "the judges of a jury score by one rubric: give them the same",
    ),
    Refused("a jury with the name of its judge", _jury(name="first"), "spec", TAKEN),
    Refused("a jury with the name of a metric", _jury(name="f1"), "spec", TAKEN),
    Refused(
        "a gate on a judge that is not there",
        _gate(metric="duel"),
        "spec",
        "a gate names one of the run's metrics, judges or juries",
    ),
    Refused(
        "a gate on the agreement with people",
        _gate(metric="general.kappa"),
        "spec",
        "how far a judge agrees with people is asked by calibration.minKappa, not by a gate",
    ),
    Refused(
        "a criterion with the name of a figure",
        _criterion("kappa"),
        "spec.rubrics[0].criteria[0]",
        "kappa and alpha are names of figures about judges: choose another name",
    ),
    Refused(
        "a judgement without scores",
        _judgement(scores={}),
        "spec.exampleSets[0].examples[0].judgement.scores",
        "should have at least 1 properties",
    ),
    Refused(
        "a judgement without an answer",
        prompt_catalog(
            exampleSets=[example_set(examples=[{"id": "a", "input": "x", "judgement": {"scores": {"detail": 1}}}])]
        ),
        "spec.exampleSets[0].examples[0].judgement.output",
        "Required value",
    ),
    Refused(
        "half a score",
        _judgement(scores={"helpfulness": 4.5}),
        "spec.exampleSets[0].examples[0].judgement.scores.helpfulness",
        "must be of type integer",
    ),
)
