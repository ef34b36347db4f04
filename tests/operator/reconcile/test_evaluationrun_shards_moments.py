"""Moments of a run in shards that a real cluster cannot be stopped in."""

import json
from typing import Any

import pytest

from fmops_operator.manifest import CLAIM, JOB, POD
from fmops_operator.world import Outcome
from tests.operator.evaluation_memory import Memory

SINK = {"persistentVolumeClaim": {"claimName": "lake"}}
SHARDS = 2


@pytest.fixture
async def memory() -> Memory:
    made = Memory()
    await made.set_scene()
    made.objects[CLAIM, "lake"] = {"metadata": {"name": "lake"}}
    return made


async def look(memory: Memory, before: Outcome[Any] | None = None, shards: int = SHARDS) -> Outcome[Any]:
    spec = {"sink": SINK, "execution": {"shards": shards}}
    return await memory.look(before.status.to_manifest() if before else None, spec=spec)


def end(memory: Memory, job: str, index: int, code: int = 0, **summary: Any) -> None:
    """End the pod of an index with what it hands back."""
    labels = dict(memory.objects[JOB, job]["spec"]["template"]["metadata"]["labels"])
    labels |= {"batch.kubernetes.io/job-name": job, "batch.kubernetes.io/job-completion-index": str(index)}
    message = json.dumps({"model": "small", **summary})
    state = {"terminated": {"exitCode": code, "message": message, "finishedAt": "2026-01-01T00:01:00Z"}}
    status = {"phase": "Failed" if code else "Succeeded", "containerStatuses": [{"state": state}]}
    memory.objects[POD, f"{job}-{index}"] = {"metadata": {"name": f"{job}-{index}", "labels": labels}, "status": status}


def set_status(memory: Memory, job: str, ended: str = "", **status: Any) -> None:
    """Say what the Job controller would say."""
    if ended:
        status["conditions"] = [{"type": ended, "status": "True", "lastTransitionTime": "2026-01-01T00:01:00Z"}]
    memory.objects[JOB, job]["status"] = status


def condition(outcome: Outcome[Any], wanted: str) -> tuple[str, str, str]:
    return next((c.status, c.reason, c.message) for c in outcome.status.conditions if c.type == wanted)


async def asked(memory: Memory) -> tuple[Outcome[Any], str]:
    """Have all shards asked; gives the outcome, and the name of their Job."""
    begun = await look(memory)
    (job,) = memory.of(JOB)
    for index in range(SHARDS):
        end(memory, job, index, shard=f"shard {index + 1} of 2", answered=3, total=3)
    set_status(memory, job, "Complete", completedIndexes="0-1")
    return begun, job


async def test_scoring_begins_when_every_shard_is_asked_and_their_job_stays_until_it_is_done(memory: Memory) -> None:
    begun, job = await asked(memory)
    assert condition(begun, "Answered")[:2] == ("Unknown", "Running")
    assert condition(begun, "Answered")[2].startswith("asking: small (shard 1 of 2), small (shard 2 of 2)")
    scoring = await look(memory, begun)
    answering = job.removesuffix("-ask")
    assert sorted(memory.of(JOB)) == [answering, job]
    assert [note.reason for note in scoring.notes] == ["EvaluationStarted"]
    assert (scoring.status.progress_text, condition(scoring, "Answered")[1]) == ("6/6", "Running")
    memory.writes.clear()
    again = await look(memory, scoring)
    assert (memory.writes, again.status) == ([], scoring.status)
    assert "ttlSecondsAfterFinished" not in memory.objects[JOB, job]["spec"]
    end(memory, answering, 0, results=[{"model": "small", "metric": "label", "value": "0.5"}], answered=6)
    done = await look(memory, again)
    assert condition(done, "Complete")[:2] == ("True", "Measured")
    settled = await look(memory, done)
    assert all("ttlSecondsAfterFinished" in memory.objects[JOB, name]["spec"] for name in memory.of(JOB))
    memory.writes.clear()
    again = await look(memory, settled)
    assert (memory.writes, again.status) == ([], settled.status)


async def test_a_shard_that_cannot_be_asked_ends_the_run_with_its_cause_and_nothing_is_scored(memory: Memory) -> None:
    begun = await look(memory)
    (job,) = memory.of(JOB)
    end(memory, job, 0, shard="shard 1 of 2", answered=3, total=3)
    end(memory, job, 1, 2, error="small (shard 2 of 2): the endpoint refuses")
    set_status(memory, job, "Failed", completedIndexes="0", failedIndexes="1")
    failed = await look(memory, begun)
    assert memory.of(JOB) == [job]
    assert condition(failed, "Answered")[:2] == ("False", "JobFailed")
    assert condition(failed, "Answered")[2].startswith("small (shard 2 of 2): the endpoint refuses; ")
    assert condition(failed, "GatePassed")[0] == "Unknown"
    assert failed.status.results == []
    assert failed.status.progress_text == "3/6"


async def test_raised_while_one_pod_asks_everything_its_job_makes_way_and_the_inputs_stay(memory: Memory) -> None:
    begun = await look(memory, shards=1)
    (answering,) = memory.of(JOB)
    split = await look(memory, begun)
    assert memory.of(JOB) == [f"{answering}-ask"]
    assert split.status.inputs_hash == begun.status.inputs_hash
    whole = await look(memory, split, shards=1)
    assert memory.of(JOB) == [answering]
    assert whole.status.inputs_hash == begun.status.inputs_hash


async def test_a_measured_run_does_nothing_when_shards_are_raised(memory: Memory) -> None:
    begun = await look(memory, shards=1)
    (job,) = memory.of(JOB)
    end(memory, job, 0, results=[{"model": "small", "metric": "label", "value": "0.5"}], answered=6)
    set_status(memory, job, "Complete", completedIndexes="0")
    done = await look(memory, begun, shards=1)
    memory.writes.clear()
    raised = await look(memory, done)
    assert (memory.writes, raised.status) == ([], done.status)


async def test_shards_whose_job_somebody_deleted_are_asked_again_before_the_rest_is_scored(memory: Memory) -> None:
    begun, job = await asked(memory)
    scoring = await look(memory, begun)
    del memory.objects[JOB, job]
    for index in range(SHARDS):
        del memory.objects[POD, f"{job}-{index}"]
    again = await look(memory, scoring)
    assert memory.of(JOB) == [job]
    assert condition(again, "Answered")[2].startswith("asking: small (shard 1 of 2)")
