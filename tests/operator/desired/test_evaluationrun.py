"""What makes an evaluation's inputs different, and what does not."""

from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationPlan, Figure, PlannedJudge
from fmops_api.evaluationrunstatus import Against
from fmops_operator.desired.evaluationrun import Inputs, build_plan
from tests.operator.evaluation_samples import candidate, inputs, planned_judge, run

IMAGE = "fmops/serving:1"
SINK = {"sink": {"persistentVolumeClaim": {"claimName": "lake"}}}
BASE = {
    "gates": [{"metric": "label", "op": "AtLeast", "value": "0.80", "bound": "Lower"}],
    "metrics": [{"name": "label", "type": "Classification"}, {"name": "latency", "type": "Latency"}],
}
TWO = (candidate("large"), candidate("small"))


def planned(spec: dict[str, Any] | None = None, resolved: Inputs | None = None, image: str = IMAGE) -> EvaluationPlan:
    return build_plan(run({**BASE, **(spec or {})}), resolved or inputs(), image)


@pytest.mark.parametrize(
    ("spec", "resolved", "image"),
    [
        pytest.param(
            {"catalog": {"name": "other"}}, inputs(catalog_digest="sha256:cd"), IMAGE, id="the catalogue says else"
        ),
        pytest.param({}, inputs(prompt="classify@4"), IMAGE, id="the label moved to another version"),
        pytest.param({}, inputs(candidate(revision="rev-2")), IMAGE, id="a candidate has a new revision"),
        pytest.param({}, inputs(candidate(url="http://elsewhere/v1")), IMAGE, id="a candidate is elsewhere"),
        pytest.param({}, inputs(*TWO), IMAGE, id="a candidate is added"),
        pytest.param({"examples": {"sets": ["golden", "more"]}}, inputs(), IMAGE, id="another example set is asked"),
        pytest.param({"examples": {"sets": ["golden"], "limit": 5}}, inputs(), IMAGE, id="fewer examples are asked"),
        pytest.param(
            {"metrics": [{"name": "label", "type": "Classification"}]}, inputs(), IMAGE, id="a metric is gone"
        ),
        pytest.param(
            {"metrics": [{"name": "label", "type": "Classification", "average": "Micro"}, BASE["metrics"][1]]},
            inputs(),
            IMAGE,
            id="a metric is averaged otherwise",
        ),
        pytest.param(
            {"gates": [{**BASE["gates"][0], "confidence": "0.99"}]},
            inputs(),
            IMAGE,
            id="a gate asks for a wider interval",
        ),
        pytest.param({"execution": {"attemptTimeout": "5s"}}, inputs(), IMAGE, id="an answer may take less time"),
        pytest.param({"execution": {"retries": 0}}, inputs(), IMAGE, id="a failed request is not tried again"),
        pytest.param({"execution": {"maxErrorFraction": "0.2"}}, inputs(), IMAGE, id="more answers may be missing"),
        pytest.param({"repeats": 2}, inputs(), IMAGE, id="everything is asked twice"),
        pytest.param({**SINK, "execution": {"cache": "Enabled"}}, inputs(), IMAGE, id="answers are taken again"),
        pytest.param({"baseline": {"name": "small"}}, inputs(), IMAGE, id="there is a baseline"),
        pytest.param({"execution": {"maxInFlight": 1}}, inputs(), IMAGE, id="the load on the candidate is another"),
        pytest.param({}, inputs(), "fmops/serving:2", id="the runner is another"),
        pytest.param({}, inputs(judges=[planned_judge()]), IMAGE, id="somebody judges"),
    ],
)
def test_a_result_could_differ_so_the_hash_does(spec: dict[str, Any], resolved: Inputs, image: str) -> None:
    assert planned(spec, resolved, image).inputs_hash != planned().inputs_hash


@pytest.mark.parametrize(
    ("spec", "resolved"),
    [
        pytest.param({"gates": [{**BASE["gates"][0], "value": "0.5"}]}, inputs(), id="a gate's limit moves"),
        pytest.param({"gates": [{**BASE["gates"][0], "op": "AtMost"}]}, inputs(), id="a gate looks the other way"),
        pytest.param({"gates": [{**BASE["gates"][0], "bound": "Point"}]}, inputs(), id="a gate looks at another bound"),
        pytest.param(
            {"gates": [{**BASE["gates"][0], "confidence": "0.950"}]}, inputs(), id="a confidence is written otherwise"
        ),
        pytest.param({"gates": BASE["gates"] * 2}, inputs(), id="two gates look at the same figure"),
        pytest.param({"metrics": BASE["metrics"][::-1]}, inputs(), id="metrics stand in another order"),
        pytest.param(
            {"metrics": [{**BASE["metrics"][0], "average": "Macro"}, BASE["metrics"][1]]},
            inputs(),
            id="a default is written",
        ),
        pytest.param({"execution": {"attemptTimeout": "2m"}}, inputs(), id="a time is written otherwise"),
        pytest.param({"execution": {"parallelism": 4}}, inputs(), id="more candidates are measured at once"),
        pytest.param({**SINK, "execution": {"shards": 4}}, inputs(), id="more pods ask the same"),
        pytest.param({"execution": {"runTimeout": "1h"}}, inputs(), id="the whole run may take less time"),
        pytest.param({"execution": {"suspend": True}}, inputs(), id="the run is suspended"),
        pytest.param({"execution": {"queueName": "tests"}}, inputs(), id="the run waits in a queue"),
        pytest.param(
            {"execution": {"resources": {"requests": {"cpu": 1}}}}, inputs(), id="the pod gets other resources"
        ),
        pytest.param(SINK, inputs(), id="the rows go elsewhere"),
        pytest.param({"historyLimit": 0}, inputs(), id="less history is kept"),
        pytest.param({"template": "classify@3"}, inputs(), id="the version is named instead of its label"),
        pytest.param({}, inputs(bundle="renamed"), id="the same content has another bundle name"),
        pytest.param({}, inputs(examples=61), id="the count is told otherwise while the catalogue is the same"),
    ],
)
def test_no_result_can_differ_so_the_plan_is_the_same_to_the_byte(spec: dict[str, Any], resolved: Inputs) -> None:
    assert planned(spec, resolved).model_dump_json() == planned().model_dump_json()


def test_answers_are_as_new_as_the_schedule_that_asks_for_them() -> None:
    cached = run({**SINK, "execution": {"cache": "Enabled"}})
    plans = [build_plan(cached, inputs(), IMAGE, at) for at in (None, "2026-03-09T03:00:00Z")]
    assert [plan.cache.since if plan.cache else "" for plan in plans] == [None, "2026-03-09T03:00:00Z"]


def test_another_object_with_the_same_inputs_has_the_same_hash() -> None:
    other = build_plan(run(BASE, name="elsewhere"), inputs(), IMAGE)
    assert (other.run, other.inputs_hash) == ("elsewhere", planned().inputs_hash)


def test_the_plan_names_each_figure_that_gates_look_at_once() -> None:
    gates = [
        {"metric": "label", "op": "AtLeast", "value": "0.8", "bound": "Lower", "confidence": "0.99"},
        {"metric": "label", "op": "AtMost", "value": "0.9", "bound": "Upper", "confidence": "0.99"},
        {"metric": "coverage", "op": "AtLeast", "value": "1"},
    ]
    assert planned({"gates": gates}).figures == [
        Figure(metric="coverage", confidence="0.95"),
        Figure(metric="label", confidence="0.99"),
    ]


def _selecting(*criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"selection": {"criteria": [{"goal": "Maximize", **c} for c in criteria], **more}}


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(_selecting({"metric": "label", "priority": 0}), id="a candidate is chosen"),
        pytest.param(_selecting({"metric": "label.recall", "priority": 0}), id="by a figure that no gate looks at"),
        pytest.param(_selecting({"metric": "card.parameters", "priority": 0}), id="by a number on the card"),
        pytest.param(_selecting({"metric": "label"}, strategy="Pareto"), id="by another strategy"),
        pytest.param(
            _selecting({"metric": "label", "priority": 0}, constraints=["results.label.low > 0.5"]),
            id="by constraints on results",
        ),
        pytest.param(
            {"gates": [*BASE["gates"], {"metric": "coverage", "op": "AtLeast", "value": "1"}]},
            id="a gate looks at a figure that is there anyhow",
        ),
        pytest.param({"gates": []}, id="there are no gates any more"),
    ],
)
def test_what_is_decided_afterwards_is_no_input(spec: dict[str, Any]) -> None:
    assert planned(spec).inputs_hash == planned().inputs_hash


def test_a_summary_that_is_too_long_keeps_the_figures_that_criteria_and_constraints_look_at() -> None:
    criteria = ({"metric": "errors", "priority": 0}, {"metric": "card.parameters", "priority": 1})
    constraints = ["results['label.recall'].low > 0.5 && againstBaseline.label.low > -0.1"]
    assert planned(_selecting(*criteria, constraints=constraints)).figures == [
        Figure(metric="errors"),
        Figure(metric="label"),
        Figure(metric="label", against=Against.BASELINE),
        Figure(metric="label.recall"),
    ]


PEOPLE = {"sets": ["people", "more"]}
JUDGED = inputs(judges=[planned_judge(calibration=PEOPLE)])


@pytest.mark.parametrize(
    "judges",
    [
        pytest.param([planned_judge(candidate("large", revision="rev-2"), calibration=PEOPLE)], id="a new revision"),
        pytest.param([planned_judge(candidate("large", url="http://h/v1"), calibration=PEOPLE)], id="another place"),
        pytest.param([planned_judge(rubric="general@2", calibration=PEOPLE)], id="another rubric"),
        pytest.param([planned_judge(seed=8, calibration=PEOPLE)], id="another seed"),
        pytest.param([planned_judge(scoring="Expected", calibration=PEOPLE)], id="expected scores"),
        pytest.param([planned_judge(calibration={"sets": ["people"]})], id="fewer people"),
        pytest.param([planned_judge()], id="nobody to be held against"),
        pytest.param([], id="no judge any more"),
    ],
)
def test_another_judge_is_another_hash(judges: list[PlannedJudge]) -> None:
    assert planned({}, inputs(judges=judges)).inputs_hash != planned({}, JUDGED).inputs_hash


@pytest.mark.parametrize(
    "calibration",
    [
        pytest.param({"sets": ["more", "people"]}, id="the sets in another order"),
        pytest.param({**PEOPLE, "minKappa": "0.8"}, id="more agreement is asked for: decided anew, not judged anew"),
        pytest.param({**PEOPLE, "weights": "Quadratic"}, id="a default is written down"),
    ],
)
def test_what_changes_no_verdict_changes_no_hash(calibration: dict[str, Any]) -> None:
    assert planned({}, inputs(judges=[planned_judge(calibration=calibration)])) == planned({}, JUDGED)


def test_juries_are_planned_in_one_order() -> None:
    two = [planned_judge(name="a"), planned_judge(name="b")]
    one = planned({"juries": [{"name": "panel", "judges": ["b", "a"]}]}, inputs(judges=two))
    assert one.juries is not None
    assert [(jury.name, jury.judges) for jury in one.juries] == [("panel", ["a", "b"])]


def test_agreement_is_kept_in_a_short_summary_with_what_gates_look_at() -> None:
    assert Figure(metric="general.kappa") in planned({}, JUDGED).figures
    assert not [f for f in planned({}, inputs(judges=[planned_judge()])).figures if f.metric == "general.kappa"]
