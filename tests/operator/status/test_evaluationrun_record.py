"""How the record of a run grows, and what becomes of it when inputs change."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fmops_api.evaluationplan import EvaluationSummary
from fmops_api.evaluationrunstatus import EvaluationRunStatus, Result, SliceResult
from fmops_operator.status.evaluationrun_job import Attempt, Reading
from fmops_operator.status.evaluationrun_record import (
    for_inputs,
    missing,
    unasked,
    with_asked,
    with_end,
    with_reading,
    with_source_change,
    with_total,
)
from fmops_operator.status.job import Phase
from tests.operator.evaluation_samples import run

GATE = {"type": "GatePassed", "status": "True", "reason": "Passed"}


def figure(model: str, metric: str = "label", **more: Any) -> dict[str, Any]:
    return {"model": model, "metric": metric, "value": "0.5", **more}


def finished(inputs_hash: str = "old", **more: Any) -> dict[str, Any]:
    return {
        "inputsHash": inputs_hash,
        "finishedAt": "2026-01-01T00:00:00Z",
        "results": [figure("small", signature="f1|macro"), figure("small", "label.accuracy")],
        "conditions": [GATE],
        **more,
    }


def measured(index: int, answered: int = 6, model: str = "small", count: int = 1) -> Attempt:
    results = [Result(model=model, metric=f"m{n}", value="0.5") for n in range(count)]
    return Attempt(index, "t", "t-end", True, EvaluationSummary(model=model, results=results, answered=answered))


def reading(*attempts: Attempt) -> Reading:
    return Reading(Phase.ACTIVE, created_at="t0", attempts=attempts)


def test_slices_come_in_under_the_candidate_s_own_name_and_are_bounded() -> None:
    slices = [SliceResult(model="x", metric="label", slice=f"tag=t{n}", value="0.5") for n in range(30)]
    attempt = measured(0)
    assert attempt.summary is not None
    sliced = replace(attempt, summary=attempt.summary.model_copy(update={"slices": slices}))
    found = with_reading(EvaluationRunStatus(), reading(sliced), ["small"])
    assert [(r.model, r.slice) for r in found.slices] == [("small", f"tag=t{n}") for n in range(20)]
    assert with_reading(found, reading(sliced), ["small"]).slices == found.slices


SHARDS = ["small 1", "small 2", "large 1", "large 2"]


@pytest.mark.parametrize(
    ("results", "completed", "absent"),
    [
        pytest.param([], None, SHARDS, id="there is no Job"),
        pytest.param([], {0, 3}, ["small 2", "large 1"], id="two shards are done"),
        pytest.param(["small"], {2}, ["large 2"], id="what is scored needs no shards, though its Job is gone"),
        pytest.param(["small", "large"], None, [], id="everything is scored"),
        pytest.param([], {0, 1, 2, 3}, [], id="everything is asked"),
    ],
)
def test_shards_that_are_still_to_ask(results: list[str], completed: set[int] | None, absent: list[str]) -> None:
    status = EvaluationRunStatus(results=[Result(model=name, metric="m", value="0.5") for name in results])
    job = None if completed is None else Reading(Phase.ACTIVE, "t0", completed=frozenset(completed))
    assert unasked(status, job, ["small", "large"], SHARDS) == absent


def asked(index: int, answered: int) -> Attempt:
    summary = EvaluationSummary(model="small", shard=f"shard {index + 1} of 2", answered=answered)
    return Attempt(index, "t", "t-end", True, summary)


def test_progress_counts_what_shards_have_and_nothing_twice() -> None:
    wanted = with_total(EvaluationRunStatus(), 12)
    begun = with_asked(wanted, reading(asked(0, 5)), ["small", "large"])
    assert (begun.progress_text, begun.progress and begun.progress.asked) == ("5/12", 5)
    all_asked = with_asked(begun, reading(asked(0, 5), asked(1, 4)), ["small", "large"])
    one = with_reading(all_asked, reading(measured(0)), ["small", "large"])
    assert (one.progress_text, one.progress and one.progress.done) == ("9/12", 6)
    both = with_reading(one, reading(measured(1)), ["small", "large"])
    assert (both.progress_text, both.progress and both.progress.asked) == ("12/12", None)
    assert with_asked(both, reading(asked(0, 5)), ["small", "large"]) == both


def test_the_same_inputs_keep_the_record() -> None:
    old = run(status=finished())
    assert for_inputs(old, "old") == old.status


def test_changed_inputs_begin_anew_and_move_what_was_finished_to_the_history() -> None:
    new = for_inputs(run(status=finished()), "new")
    assert (new.inputs_hash, new.results, new.finished_at, new.progress, new.report) == ("new", [], None, None, None)
    (past,) = new.history
    assert (past.inputs_hash, past.gate, past.finished_at) == ("old", "True", "2026-01-01T00:00:00Z")
    assert [(r.metric, r.value, r.signature) for r in past.results] == [("label", "0.5", "")]


def test_the_history_knows_who_was_selected_and_what_the_gates_said_also_after_a_wait() -> None:
    undecided = {"type": "GatePassed", "status": "Unknown", "reason": "Undecided"}
    gates = [
        {"model": "large", "metric": "label", "verdict": "Passed"},
        {"model": "small", "metric": "label", "verdict": "Failed"},
    ]
    waited = finished(conditions=[undecided], gates=gates, selected={"model": "large", "reason": "r"})
    selection = {"selection": {"criteria": [{"metric": "label", "goal": "Maximize", "priority": 0}]}}
    [past] = for_inputs(run(selection, waited), "new").history
    assert (past.selected, past.gate) == ("large", "True")
    [without] = for_inputs(run({}, waited), "new").history
    assert without.gate == "False"


def test_an_unfinished_measurement_leaves_no_history() -> None:
    assert for_inputs(run(status=finished(finishedAt=None)), "new").history == []


def test_the_history_is_as_long_as_asked_and_newest_first() -> None:
    past = [{"inputsHash": f"p{n}", "finishedAt": "2026-01-01T00:00:00Z"} for n in range(3)]
    shorter = for_inputs(run({"historyLimit": 2}, finished(history=past)), "new")
    assert [p.inputs_hash for p in shorter.history] == ["old", "p0"]
    assert for_inputs(run({"historyLimit": 0}, finished(history=past)), "new").history == []
    assert [p.inputs_hash for p in for_inputs(run({"historyLimit": 1}, finished(history=past)), "old").history] == [
        "p0"
    ]


def test_results_come_in_as_candidates_finish_and_stay_when_their_pods_are_gone() -> None:
    names = ["large", "small"]
    begun = with_total(EvaluationRunStatus(inputs_hash="h"), 12)
    half = with_reading(begun, reading(measured(1, answered=5)), names)
    assert (missing(half, names), half.progress_text, half.finished_at) == (["large"], "5/12", None)
    whole = with_end(with_reading(half, reading(measured(0)), names), reading(measured(0)))
    assert (missing(whole, names), whole.progress_text, whole.finished_at) == ([], "11/12", "t-end")
    assert [r.model for r in whole.results] == ["large", "small"]


def test_answers_that_were_taken_again_are_counted_over_candidates_and_told() -> None:
    spec = {"candidates": {"models": [{"name": "small"}, {"name": "large"}]}}
    record = with_total(for_inputs(run(spec), "new"), 12)
    figures = [Result(model="small", metric="m", value="0.5")]
    summaries = [
        replace(measured(index), summary=EvaluationSummary(model="", results=figures, answered=6, cached=index))
        for index in (0, 1)
    ]
    seen = [with_reading(record, reading(*summaries[:count]), ["large", "small"]) for count in (1, 2)]
    assert [each.progress.cached if each.progress else 0 for each in seen] == [None, 1]


def test_looking_twice_changes_nothing() -> None:
    begun = with_total(EvaluationRunStatus(inputs_hash="h"), 6)
    once = with_reading(begun, reading(measured(0)), ["small"])
    assert with_reading(with_total(once, 6), reading(measured(0)), ["small"]) == once


def test_results_stand_under_the_candidate_of_their_index_whatever_the_runner_calls_it() -> None:
    got = with_reading(EvaluationRunStatus(), reading(measured(0, model="liar")), ["small"])
    assert {r.model for r in got.results} == {"small"}


def test_an_index_beyond_the_candidates_is_passed_over() -> None:
    assert with_reading(EvaluationRunStatus(), reading(measured(7)), ["small"]).results == []


def test_the_record_is_bounded_whatever_runners_say() -> None:
    names = [f"m{n:02}" for n in range(20)]
    pods = reading(*(measured(n, count=500) for n in range(20)))
    full = with_reading(EvaluationRunStatus(), pods, names)
    assert len(full.results) == 1000
    assert EvaluationRunStatus.model_validate(full.to_manifest()) == full


CHANGED = EvaluationSummary(model="small", error="the source changed", reason="SourceChanged")
SEEN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "attempt", "at"),
    [
        pytest.param(None, Attempt(0, "1", summary=CHANGED), "2026-11-25T12:00:00Z", id="found now"),
        pytest.param(
            "2026-11-25T11:30:00Z", Attempt(0, "1", summary=CHANGED), "2026-11-25T11:30:00Z", id="told already"
        ),
        pytest.param(
            "2026-11-25T10:00:00Z", Attempt(0, "1", summary=CHANGED), "2026-11-25T12:00:00Z", id="by an earlier Job"
        ),
        pytest.param(None, Attempt(0, "1"), None, id="nothing found"),
    ],
)
def test_when_a_source_was_found_changed_is_told_once_a_job(
    before: str | None, attempt: Attempt, at: str | None
) -> None:
    reading = Reading(Phase.FAILED, "2026-11-25T11:00:00Z", attempts=(attempt,))
    status = EvaluationRunStatus(source_changed_at=before)
    assert with_source_change(status, reading, ["small"], SEEN).source_changed_at == at
