"""What the conditions say of a run with two stages, and of gates past their deadline. Pure."""

from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationSummary, Stage
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Result
from fmops_api.meta import Condition
from fmops_api.reasons import EvaluationRunReason as Reason
from fmops_operator.status.evaluationrun import Standing, View, assess, standing_of
from fmops_operator.status.evaluationrun_job import Attempt, Reading
from fmops_operator.status.evaluationrun_record import missing, with_reading, with_total
from fmops_operator.status.job import Phase
from tests.operator.evaluation_samples import run

BOTH = (Stage.ANSWER, Stage.COMPARE)
NAMES = ["base", "small"]
SPEC = {
    "candidates": {"models": [{"name": name} for name in NAMES]},
    "baseline": {"name": "base"},
    "sink": {"persistentVolumeClaim": {"claimName": "lake"}},
    "gates": [{"metric": "label", "against": "Baseline", "op": "AtLeast", "value": "-0.1", "bound": "Lower"}],
}
RUNNING = Standing(Reason.RUNNING, "at work")
STUCK = Standing(Reason.JOB_FAILED, "no", stalled=True)
LATE = Standing(Reason.RUN_TIMED_OUT, "not compared with the baseline within execution.runTimeout: small", stalled=True)


def figure(model: str, **more: Any) -> dict[str, Any]:
    return {"model": model, "metric": "label", "value": "0.5", "n": 60, **more}


def record(*, compared: bool = False, **more: Any) -> EvaluationRunStatus:
    results = [figure(name, **more) for name in NAMES]
    against = [figure("small", against="Baseline", value="0", low="-0.05", high="0.05")] if compared else []
    return EvaluationRunStatus.model_validate({"inputsHash": "h", "results": results + against})


def conditions(status: EvaluationRunStatus, work: Standing | None, at: Stage) -> dict[str, Condition]:
    view = View(NAMES, work=work, stages=BOTH, at=at)
    return {c.type: c for c in assess(run(SPEC).spec, status, view).conditions}


@pytest.mark.parametrize(
    ("work", "at", "answered", "compared", "complete"),
    [
        pytest.param(
            RUNNING, Stage.ANSWER, ("Unknown", "Running"), ("Unknown", "Waiting"), ("Unknown", "Running"),
            id="answers come first",
        ),
        pytest.param(
            STUCK, Stage.ANSWER, ("False", "JobFailed"), ("Unknown", "Waiting"), ("False", "JobFailed"),
            id="without answers nothing is compared",
        ),
        pytest.param(
            RUNNING, Stage.COMPARE, ("True", "Measured"), ("Unknown", "Running"), ("Unknown", "Running"),
            id="answers are there, and are being compared",
        ),
        pytest.param(
            STUCK, Stage.COMPARE, ("True", "Measured"), ("False", "JobFailed"), ("False", "JobFailed"),
            id="a comparison that failed makes the run fail",
        ),
        pytest.param(
            None, Stage.COMPARE, ("True", "Measured"), ("True", "Compared"), ("True", "Measured"), id="all is done"
        ),
    ],
)  # fmt: skip
def test_each_stage_has_a_condition(
    work: Standing | None, at: Stage, answered: tuple[str, str], compared: tuple[str, str], complete: tuple[str, str]
) -> None:
    found = conditions(record(compared=work is None), work, at)
    assert [(found[t].status, found[t].reason) for t in ("Answered", "Compared", "Complete")] == [
        answered,
        compared,
        complete,
    ]


def test_a_run_without_a_baseline_says_nothing_of_a_comparison() -> None:
    assert "Compared" not in {c.type for c in assess(run().spec, record(), View(["small"])).conditions}


def test_a_gate_against_the_baseline_is_told_when_the_comparison_is_there() -> None:
    spec = run(SPEC).spec
    view = View(NAMES, work=RUNNING, stages=BOTH, at=Stage.COMPARE)
    assert assess(spec, record(), view).gates == []
    done = assess(spec, record(compared=True), View(NAMES, stages=BOTH, at=Stage.COMPARE))
    assert [(g.model, g.against, g.verdict) for g in done.gates] == [("small", "Baseline", "Passed")]


def test_past_its_deadline_a_gate_says_so_and_never_fails() -> None:
    found = conditions(record(), LATE, Stage.COMPARE)["GatePassed"]
    assert (found.status, found.reason) == ("Unknown", "RunTimedOut")
    assert found.message == f"no verdict: {LATE.message}"


def test_few_examples_are_told_with_the_figure() -> None:
    found = conditions(record(compared=True, lowPower=True, n=12), None, Stage.COMPARE)["Complete"]
    assert found.message.endswith("; low power: label of base has 12 examples, and fewer than 30 say little")


def test_a_candidate_with_too_many_errors_is_told_by_its_own_reason() -> None:
    summary = EvaluationSummary(model="small", error="small: 9 of 10 answers are missing", reason="TooManyErrors")
    attempt = Attempt(0, "t", summary=summary, trouble=summary.error)
    standing = standing_of(Reading(Phase.FAILED, "t", attempts=[attempt]), ["small"], ["small"])
    assert standing is not None
    assert (standing.reason, standing.stalled) == (Reason.TOO_MANY_ERRORS, True)
    assert standing.message.startswith("small: 9 of 10 answers are missing; ")


def test_results_of_the_comparison_are_kept_beside_the_answers_and_count_no_answer_twice() -> None:
    begun = with_total(record(), 12)
    difference = Result(model="x", metric="label", against="Baseline", value="0")
    summary = EvaluationSummary(model="x", results=[difference], answered=6)
    found = Reading(Phase.ACTIVE, "later", attempts=(Attempt(0, "t", "t-end", True, summary),))
    assert missing(begun, ["small"], Stage.COMPARE) == ["small"]
    done = with_reading(begun, found, ["small"], Stage.COMPARE)
    assert missing(done, ["small"], Stage.COMPARE) == []
    assert [(r.model, r.against) for r in done.results] == [("base", None), ("small", None), ("small", "Baseline")]
    assert (done.progress_text, done.started_at) == ("0/12", None)
    assert with_reading(done, found, ["small"], Stage.COMPARE) == done
