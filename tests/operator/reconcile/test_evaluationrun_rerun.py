"""Measuring again by a schedule, keeping results although inputs changed, and growing old."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fmops_operator.manifest import JOB, POD
from fmops_operator.reconcile import evaluationrun
from fmops_operator.world import Outcome
from tests.operator.evaluation_bench import Bench
from tests.operator.evaluation_memory import Memory
from tests.operator.evaluation_samples import run

MONDAYS = {"rerun": {"schedule": "0 3 * * 1"}}
FIGURES = [{"model": "small", "metric": "label", "value": "0.7", "low": "0.6", "high": "0.8", "n": 6}]
INDEX = "batch.kubernetes.io/job-completion-index"


@pytest.fixture
async def memory() -> Memory:
    made = Memory()
    await made.set_scene()
    return made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def look(
    memory: Memory, now: str, status: Mapping[str, Any] | None = None, spec: Mapping[str, Any] = MONDAYS
) -> Outcome[Any]:
    return await evaluationrun.reconcile(run(spec, status), memory.world(at(now)))


def end_job(memory: Memory, began: str, ended: str) -> None:
    """Let the one Job end well."""
    (name,) = memory.of(JOB)
    job = memory.objects[JOB, name]
    job["metadata"]["creationTimestamp"] = began
    job["status"] = {"conditions": [{"type": "Complete", "status": "True"}], "completionTime": ended}
    labels = {**job["spec"]["template"]["metadata"]["labels"], "batch.kubernetes.io/job-name": name, INDEX: "0"}
    message = json.dumps({"model": "small", "results": FIGURES, "answered": 6})
    state = {"terminated": {"exitCode": 0, "message": message, "finishedAt": ended}}
    memory.objects[POD, "p"] = {
        "metadata": {"name": "p", "labels": labels},
        "status": {"phase": "Succeeded", "containerStatuses": [{"state": state}]},
    }


async def measured(memory: Memory) -> dict[str, Any]:
    """Measure on Tuesday the 3rd of March 2026; gives the status."""
    begun = await look(memory, "2026-03-03T10:00")
    end_job(memory, "2026-03-03T10:00:00Z", "2026-03-03T10:20:00Z")
    done = await look(memory, "2026-03-03T10:20", begun.status.to_manifest())
    assert done.status.finished_at
    found: dict[str, Any] = done.status.to_manifest()
    return found


async def test_the_schedule_measures_the_same_inputs_anew_once_and_survives_a_restart(memory: Memory) -> None:
    status = await measured(memory)
    early = await look(memory, "2026-03-09T02:59:30", status)
    assert (early.status.inputs_hash, early.again_after) == (status["inputsHash"], 31.0)

    memory.objects.pop((JOB, memory.of(JOB)[0]))
    came = await look(memory, "2026-03-09T03:00:01", status)
    assert came.status.scheduled_at == "2026-03-09T03:00:00Z"
    assert came.status.inputs_hash != status["inputsHash"]
    assert [past.inputs_hash for past in came.status.history] == [status["inputsHash"]]
    assert [note.reason for note in came.notes] == ["Scheduled", "EvaluationStarted"]

    # The operator dies before it writes that, and another one looks later.
    jobs = memory.of(JOB)
    again = await look(memory, "2026-03-09T09:00", status)
    assert (memory.of(JOB), again.status.inputs_hash) == (jobs, came.status.inputs_hash)

    end_job(memory, "2026-03-09T03:00:01Z", "2026-03-09T03:20:00Z")
    done = await look(memory, "2026-03-09T09:01", again.status.to_manifest())
    later = await look(memory, "2026-03-12T00:00", done.status.to_manifest())
    assert later.status.inputs_hash == came.status.inputs_hash
    assert len(later.status.history) == 1


async def test_a_schedule_that_is_taken_away_leaves_everything_as_it_is(memory: Memory) -> None:
    status = await measured(memory)
    memory.objects.pop((JOB, memory.of(JOB)[0]))
    came = await look(memory, "2026-03-09T03:00:01", status)
    end_job(memory, "2026-03-09T03:00:01Z", "2026-03-09T03:20:00Z")
    done = await look(memory, "2026-03-09T03:21", came.status.to_manifest())
    memory.writes.clear()
    without = await look(memory, "2026-04-09T03:21", done.status.to_manifest(), {})
    assert without.status.inputs_hash == came.status.inputs_hash
    assert memory.writes == []


@pytest.mark.parametrize(
    ("rerun", "words"),
    [
        ({"schedule": "0 3 30 2 *"}, "spec.rerun.schedule: '0 3 30 2 *' never comes: there is no such day"),
        (
            {"schedule": "0 3 * * 1", "timeZone": "Mars/Olympus"},
            "spec.rerun.schedule: 'Mars/Olympus' is no time zone, such as UTC or Europe/Berlin",
        ),
    ],
)
async def test_a_schedule_that_never_comes_stalls(memory: Memory, rerun: dict[str, str], words: str) -> None:
    outcome = await look(memory, "2026-03-09T03:00", None, {"rerun": rerun})
    found = {c.type: c for c in outcome.status.conditions}
    assert (found["Stalled"].reason, found["Stalled"].message) == ("ScheduleInvalid", words)
    assert memory.of(JOB) == []


# On a real control plane.


def test_changed_inputs_leave_finished_results_when_they_are_told_to(bench: Bench) -> None:
    still: dict[str, Any] = {"rerun": {"onInputChange": False}}
    bench.apply_run(still)
    bench.measure()
    bench.wait_for("Stale", "Fresh")
    before, jobs = bench.status(), bench.jobs()
    bench.apply_run({**still, "execution": {"retries": 1}})
    status, message = bench.wait_for("Stale", "InputsChanged")
    assert status == "True"
    assert before["inputsHash"] in message
    assert (bench.status()["results"], bench.status()["inputsHash"]) == (before["results"], before["inputsHash"])
    assert bench.condition("Ready")[:2] == ("True", "Measured")
    assert (bench.jobs(), bench.plans()) == (jobs, jobs)
    bench.apply_run(still)
    bench.wait_for("Stale", "Fresh")
    bench.apply_run({"execution": {"retries": 1}})
    bench.wait("new inputs", lambda: bench.status()["inputsHash"] != before["inputsHash"])


def test_results_grow_old_without_any_event(bench: Bench) -> None:
    bench.apply_run({"rerun": {"maxAge": "5s"}})
    bench.measure()
    bench.wait_for("Complete", "Measured")
    just_now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    bench.api.merge(f"{bench.path('er', bench.run)}/status", {"status": {"finishedAt": just_now}})
    bench.wait_for("Stale", "Fresh")
    bench.wait_for("Stale", "TooOld")
    assert bench.condition("Ready")[0] == "True", "old is not wrong"


def test_a_missed_schedule_is_made_up_for_once(bench: Bench) -> None:
    bench.apply_run({"rerun": {"schedule": "0 0 1 1 *"}})
    bench.measure()
    bench.wait_for("Complete", "Measured")
    first, job = bench.status()["inputsHash"], bench.jobs()
    years_ago = {"status": {"startedAt": "2020-06-01T00:00:00Z"}}
    bench.api.merge(f"{bench.path('er', bench.run)}/status", years_ago)
    bench.wait("another measurement", lambda: bench.status()["inputsHash"] != first)
    assert bench.status()["scheduledAt"].endswith("-01-01T00:00:00Z")
    bench.wait("another Job", lambda: bench.jobs() not in (job, []))
    second = bench.jobs()
    bench.measure(value="0.75")
    bench.wait_for("Complete", "Measured")
    assert bench.jobs() == second
    assert [past["inputsHash"] for past in bench.status()["history"]] == [first]
    assert len(bench.events("Scheduled")) == 1
