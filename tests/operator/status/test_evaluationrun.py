"""What the conditions of a run say."""

from dataclasses import replace
from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import EvaluationRunStatus
from fmops_api.meta import Condition
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.status.evaluationrun import Standing, View, assess, standing_of
from fmops_operator.status.evaluationrun_job import Attempt, Reading
from fmops_operator.status.job import Phase
from tests.operator.evaluation_samples import run

GATE = {"metric": "label", "op": "AtLeast", "value": "0.50", "bound": "Lower"}
STORE = {"sink": {"objectStore": {"uri": "s3://lake"}}}
SINK = {"sink": {"persistentVolumeClaim": {"claimName": "lake"}}}
DONE = View(["small"])
RUNNING = View(["small"], work=Standing(Reason.RUNNING, "measuring: small"))
STUCK = View(["small"], work=Standing(Reason.JOB_FAILED, "small: no", stalled=True))


def record(low: str = "0.6", high: str = "0.8", **more: Any) -> EvaluationRunStatus:
    results = [{"model": "small", "metric": "label", "value": "0.7", "low": low, "high": high}]
    return EvaluationRunStatus.model_validate({"inputsHash": "h", "results": results, **more})


def conditions(spec: dict[str, Any], status: EvaluationRunStatus, view: View) -> dict[str, Condition]:
    return {c.type: c for c in assess(run(spec).spec, status, view).conditions}


@pytest.mark.parametrize(
    ("view", "ready", "complete", "kstatus"),
    [
        pytest.param(DONE, "True", "True", None, id="measured: ready, whatever the gates say"),
        pytest.param(RUNNING, "False", "Unknown", "Reconciling", id="running: not ready, complete is open"),
        pytest.param(STUCK, "False", "False", "Stalled", id="could not be measured: a person must act"),
        pytest.param(
            View(["small"], work=Standing(Reason.SUSPENDED)),
            "False",
            "Unknown",
            "Reconciling",
            id="suspended: not given up",
        ),
    ],
)
def test_ready_complete_and_kstatus(view: View, ready: str, complete: str, kstatus: str | None) -> None:
    found = conditions({"gates": [{**GATE, "value": "0.99"}]}, record(), view)
    assert (found["Ready"].status, found["Complete"].status, found["Answered"].status) == (ready, complete, complete)
    assert ({"Reconciling", "Stalled"} & found.keys()) == ({kstatus} if kstatus else set())
    assert found["Ready"].reason == found["Complete"].reason


@pytest.mark.parametrize(
    ("spec", "figures", "view", "expected"),
    [
        pytest.param(
            {}, record(), DONE, ("True", "NoGates", "The run has no gates."), id="no gates: nothing stands against it"
        ),
        pytest.param(
            {}, record(), RUNNING, ("Unknown", "NoGates", "The run has no gates."), id="no gates, still running"
        ),
        pytest.param(
            {"gates": [GATE]},
            record(),
            DONE,
            ("True", "Passed", "small: label lower bound at 0.95 at least 0.50: 0.7 [0.6, 0.8]"),
            id="the whole interval is above",
        ),
        pytest.param(
            {"gates": [GATE]},
            record("0.1", "0.2"),
            DONE,
            ("False", "Failed", "small: label lower bound at 0.95 at least 0.50: 0.7 [0.1, 0.2]"),
            id="the whole interval is below",
        ),
        pytest.param(
            {"gates": [GATE]},
            record("0.4", "0.8"),
            DONE,
            ("Unknown", "Inconclusive", "small: label lower bound at 0.95 at least 0.50: 0.7 [0.4, 0.8]"),
            id="the interval is on both sides",
        ),
        pytest.param(
            {"gates": [GATE]},
            record(),
            RUNNING,
            ("Unknown", "Undecided", "There are no results to judge yet."),
            id="not decided before everything is measured",
        ),
    ],
)
def test_gate_passed(
    spec: dict[str, Any], figures: EvaluationRunStatus, view: View, expected: tuple[str, str, str]
) -> None:
    found = conditions(spec, figures, view)["GatePassed"]
    assert (found.status, found.reason, found.message) == expected


def test_a_moved_gate_is_decided_on_the_figures_at_hand() -> None:
    assert conditions({"gates": [GATE]}, record(), DONE)["GatePassed"].status == "True"
    assert conditions({"gates": [{**GATE, "value": "0.9"}]}, record(), DONE)["GatePassed"].status == "False"


def test_gates_of_candidates_without_results_are_not_told_yet() -> None:
    spec, view = run({"gates": [GATE]}).spec, View(["large", "small"], work=RUNNING.work)
    assert [g.model for g in assess(spec, record(), view).gates] == ["small"]


def test_a_finished_run_stays_ready_while_its_candidate_does_not_serve() -> None:
    away = Standing(Reason.CANDIDATE_NOT_READY, "FoundationModel small: EngineProgressing: loading")
    found = conditions({}, record(), View(["small"], inputs=away))
    assert (found["Ready"].status, found["Complete"].status) == ("True", "True")
    assert (found["InputsResolved"].status, found["InputsResolved"].reason) == ("False", "CandidateNotReady")


@pytest.mark.parametrize(
    ("spec", "figures", "view", "status", "reason"),
    [
        pytest.param({}, record(), DONE, "False", "NoSink", id="without a sink rows are not kept"),
        pytest.param(SINK, record(report="pvc://lake/x"), DONE, "True", "Kept", id="rows are where the report says"),
        pytest.param({}, record(report="pvc://lake/x"), DONE, "True", "Kept", id="and stay when the sink is taken out"),
        pytest.param(SINK, record(), DONE, "False", "NoSink", id="a sink that came later has no rows of this result"),
        pytest.param(SINK, EvaluationRunStatus(), RUNNING, "Unknown", "Running", id="rows are being written"),
        pytest.param(
            SINK,
            EvaluationRunStatus(),
            View(["small"], work=Standing(Reason.SINK_NOT_FOUND), sink_found=False),
            "False",
            "SinkNotFound",
            id="the claim is not there",
        ),
        pytest.param(STORE, EvaluationRunStatus(), RUNNING, "Unknown", "Running", id="rows go to a store"),
        pytest.param(STORE, record(report="s3://lake/x"), DONE, "True", "Kept", id="rows are in the store"),
        pytest.param(
            STORE,
            EvaluationRunStatus(),
            View(["small"], work=RUNNING.work, sink_trouble="s3://lake: there is no such bucket"),
            "False",
            "SinkFailed",
            id="the store refuses",
        ),
    ],
)
def test_results_kept(spec: dict[str, Any], figures: EvaluationRunStatus, view: View, status: str, reason: str) -> None:
    found = conditions(spec, figures, view)["ResultsKept"]
    assert (found.status, found.reason) == (status, reason)


def attempt(trouble: str, index: int = 0) -> Attempt:
    return Attempt(index, "t", trouble=trouble)


@pytest.mark.parametrize(
    ("reading", "standing"),
    [
        pytest.param(
            Reading(Phase.ACTIVE, "t", active=1, attempts=[attempt("")]),
            Standing(Reason.RUNNING, "measuring: small"),
            id="at work",
        ),
        pytest.param(
            Reading(Phase.ACTIVE, "t", active=1, attempts=[attempt("the pod has no node: 0/3")]),
            Standing(Reason.RUNNING, "measuring: small; small: the pod has no node: 0/3"),
            id="the pod at fault is told while it may still start",
        ),
        pytest.param(
            Reading(Phase.SUSPENDED, "t"),
            Standing(Reason.SUSPENDED, "execution.suspend is set: what was measured is kept, no pod runs"),
            id="suspended",
        ),
        pytest.param(
            Reading(Phase.SUSPENDED, "t", queue="tests"),
            Standing(
                Reason.QUEUED,
                "waits in queue tests until Kueue has room; `kubectl get workloads` says what it waits for",
            ),
            id="queued",
        ),
        pytest.param(
            Reading(
                Phase.FAILED,
                "t",
                reason="FailedIndexes",
                attempts=[
                    replace(
                        attempt(
                            "small: spent 20 tokens of a share of 20 of execution.budget; 5 of 12 answers are there"
                        ),
                        summary=EvaluationSummary(model="small", reason="BudgetExhausted"),
                    )
                ],
            ),
            Standing(
                Reason.BUDGET_EXHAUSTED,
                "small: spent 20 tokens of a share of 20 of execution.budget; 5 of 12 answers are there; raise"
                " execution.budget to go on",
                stalled=True,
            ),
            id="the budget is spent",
        ),
        pytest.param(
            Reading(Phase.FAILED, "t", reason="DeadlineExceeded"),
            Standing(Reason.RUN_TIMED_OUT, "not measured within execution.runTimeout: small", stalled=True),
            id="too slow",
        ),
        pytest.param(
            Reading(Phase.FAILED, "t", reason="FailedIndexes", attempts=[attempt("small: no template x")]),
            Standing(
                Reason.JOB_FAILED,
                "small: no template x; change the inputs, or delete the Job to measure again",
                stalled=True,
            ),
            id="the runner's sentence is told with what to do",
        ),
        pytest.param(
            Reading(Phase.COMPLETE, "t"),
            Standing(
                Reason.JOB_FAILED,
                "small: its pod is gone and its summary with it; change the inputs, or delete the Job to measure again",
                stalled=True,
            ),
            id="a Job that is complete without a summary measured nothing",
        ),
    ],
)
def test_where_the_work_stands(reading: Reading, standing: Standing) -> None:
    assert standing_of(reading, ["small"], ["small"]) == standing


def test_a_job_without_pods_says_where_to_look() -> None:
    standing = standing_of(Reading(Phase.ACTIVE, "t"), ["small"], ["small"])
    assert standing is not None
    assert "a quota or admission refuses it" in standing.message


def test_nothing_stands_in_the_way_when_every_candidate_has_results_even_when_the_job_failed_afterwards() -> None:
    assert standing_of(Reading(Phase.FAILED, "t", reason="DeadlineExceeded"), [], ["small"]) is None


def test_messages_name_a_few_of_many() -> None:
    names = [f"m{n}" for n in range(20)]
    standing = standing_of(Reading(Phase.FAILED, "t", reason="DeadlineExceeded"), names, names)
    assert standing == Standing(
        Reason.RUN_TIMED_OUT, "not measured within execution.runTimeout: m0, m1, m2, m3, m4 and 15 more", stalled=True
    )


JUDGE = {"name": "general", "model": {"name": "large"}, "rubric": "general@1", "calibration": {"sets": ["people"]}}


@pytest.mark.parametrize(
    ("kappa", "trusted", "passed"),
    [
        pytest.param("0.7", ("True", "JudgesAgree"), ("True", "Passed"), id="a trusted judge opens a gate"),
        pytest.param("0.3", ("False", "LowAgreement"), ("Unknown", "Inconclusive"), id="another one does not"),
        pytest.param(None, ("False", "AgreementUnknown"), ("Unknown", "Inconclusive"), id="nor one that nobody knows"),
    ],
)
def test_a_judge_must_be_trusted_to_open_a_gate(
    kappa: str | None, trusted: tuple[str, str], passed: tuple[str, str]
) -> None:
    spec = {"judges": [JUDGE], "gates": [{"metric": "general", "op": "AtLeast", "value": "4"}]}
    results = [
        {"model": "small", "metric": "general", "value": "4.5"},
        {"model": "small", "metric": "general.kappa", "value": kappa, "n": 40},
    ]
    status = EvaluationRunStatus.model_validate({"inputsHash": "h", "results": results})
    found = conditions(spec, status, DONE)
    assert (found["JudgeTrusted"].status, found["JudgeTrusted"].reason) == trusted
    assert (found["GatePassed"].status, found["GatePassed"].reason) == passed
    assert (found["Ready"].status, found["Complete"].status) == ("True", "True"), "measured, whoever is trusted"
    assert "JudgeTrusted" not in conditions({}, status, DONE)
