"""Moments between the stages of an EvaluationRun that a real cluster cannot be stopped in."""

import copy
import json
from typing import Any

import pytest

from fmops_operator.manifest import CLAIM, FOUNDATION_MODEL, JOB, POD
from fmops_operator.world import Outcome
from tests.operator.evaluation_memory import Memory

SPEC = {
    "candidates": {"models": [{"name": "small"}, {"name": "large"}]},
    "baseline": {"name": "large"},
    "sink": {"persistentVolumeClaim": {"claimName": "lake"}},
}


@pytest.fixture
async def memory() -> Memory:
    made = Memory()
    await made.set_scene()
    large = copy.deepcopy(made.objects[FOUNDATION_MODEL, "small"])
    large["metadata"]["name"] = "large"
    made.objects[FOUNDATION_MODEL, "large"] = large
    made.objects[CLAIM, "lake"] = {"metadata": {"name": "lake"}}
    return made


async def look(memory: Memory, before: Outcome[Any] | None = None) -> Outcome[Any]:
    return await memory.look(before.status.to_manifest() if before else None, spec=SPEC)


def end(memory: Memory, job: str, index: int, **result: Any) -> None:
    """End the pod of an index with one figure."""
    labels = dict(memory.objects[JOB, job]["spec"]["template"]["metadata"]["labels"])
    labels |= {"batch.kubernetes.io/job-name": job, "batch.kubernetes.io/job-completion-index": str(index)}
    message = json.dumps({"model": "m", "results": [{"model": "m", "metric": "label", **result}], "answered": 6})
    state = {"terminated": {"exitCode": 0, "message": message, "finishedAt": "2026-01-01T00:01:00Z"}}
    status = {"phase": "Succeeded", "containerStatuses": [{"state": state}]}
    name = f"{job}-{index}"
    memory.objects[POD, name] = {"metadata": {"name": name, "labels": labels}, "status": status}


def condition(outcome: Outcome[Any], wanted: str) -> tuple[str, str]:
    return next((c.status, c.reason) for c in outcome.status.conditions if c.type == wanted)


async def answered(memory: Memory) -> tuple[Outcome[Any], str]:
    """Bring the first stage to its end; gives the outcome before the next look, and the name of the Job."""
    begun = await look(memory)
    (job,) = memory.of(JOB)
    end(memory, job, 0, value="0.5")
    end(memory, job, 1, value="0.5")
    return begun, job


async def test_the_second_stage_begins_in_the_pass_that_takes_in_the_last_answers(memory: Memory) -> None:
    begun, job = await answered(memory)
    assert memory.of(JOB) == [job]
    between = await look(memory, begun)
    assert memory.of(JOB) == [job, f"{job}-compare"]
    assert (condition(between, "Answered"), condition(between, "Compared")[1]) == (("True", "Measured"), "Running")
    assert [note.reason for note in between.notes] == ["ComparisonStarted"]


async def test_an_operator_that_died_before_it_wrote_the_answers_makes_no_second_comparison(memory: Memory) -> None:
    begun, job = await answered(memory)
    await look(memory, begun)
    memory.writes.clear()
    again = await look(memory, begun)
    assert memory.writes == []
    assert memory.of(JOB) == [job, f"{job}-compare"]
    assert condition(again, "Answered") == ("True", "Measured")


async def test_a_candidate_that_stops_serving_does_not_keep_its_answers_from_being_compared(memory: Memory) -> None:
    begun, job = await answered(memory)
    memory.set_model(ready="False")
    between = await look(memory, begun)
    assert memory.of(JOB) == [job, f"{job}-compare"]
    end(memory, f"{job}-compare", 0, against="Baseline", value="0")
    done = await look(memory, between)
    assert condition(done, "Complete") == ("True", "Measured")
    assert [(r.model, r.against) for r in done.status.results] == [
        ("large", None),
        ("small", None),
        ("small", "Baseline"),
    ]
    assert done.status.finished_at == "2026-01-01T00:01:00Z"


async def test_a_second_look_at_a_finished_comparison_writes_nothing_and_says_the_same(memory: Memory) -> None:
    begun, job = await answered(memory)
    between = await look(memory, begun)
    end(memory, f"{job}-compare", 0, against="Baseline", value="0")
    done = await look(memory, between)
    memory.writes.clear()
    again = await look(memory, done)
    assert memory.writes == []
    assert again.status == done.status
    assert again.notes == ()


async def test_the_record_stays_when_both_jobs_and_their_pods_are_gone(memory: Memory) -> None:
    begun, job = await answered(memory)
    between = await look(memory, begun)
    end(memory, f"{job}-compare", 0, against="Baseline", value="0")
    done = await look(memory, between)
    for kind, name in [key for key in memory.objects if key[0] in {JOB, POD}]:
        del memory.objects[kind, name]
    again = await look(memory, done)
    assert condition(again, "Complete") == ("True", "Measured")
    assert memory.of(JOB) == []
