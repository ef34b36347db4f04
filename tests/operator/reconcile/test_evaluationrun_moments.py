"""Moments of an EvaluationRun that a real cluster cannot be stopped in: crashes between writes, flapping, lost pods."""

import json
from typing import Any

import pytest

from fmops_operator.errors import Refused, Unavailable
from fmops_operator.manifest import CONFIG_MAP, JOB, POD
from fmops_operator.reconcile import evaluationrun
from fmops_operator.world import Outcome
from tests.operator.evaluation_memory import Memory
from tests.operator.evaluation_samples import run

FIGURES = [{"model": "small", "metric": "label", "value": "0.7", "low": "0.6", "high": "0.8", "n": 6}]


@pytest.fixture
async def memory() -> Memory:
    made = Memory()
    await made.set_scene()
    return made


def stored(outcome: Outcome[Any]) -> dict[str, Any]:
    """The status as the next look finds it."""
    found: dict[str, Any] = outcome.status.to_manifest()
    return found


def reason(outcome: Outcome[Any], condition: str = "Ready") -> tuple[str, str]:
    found = next(c for c in outcome.status.conditions if c.type == condition)
    return found.status, found.reason


def end_job(memory: Memory, *, with_pod: bool = True) -> None:
    """Let the Job complete, with or without the pod that says what it found."""
    (name,) = memory.of(JOB)
    job = memory.objects[JOB, name]
    job["status"] = {"conditions": [{"type": "Complete", "status": "True"}], "completionTime": "2026-01-01T00:02:00Z"}
    if with_pod:
        labels = {**job["spec"]["template"]["metadata"]["labels"], "batch.kubernetes.io/job-name": name}
        labels["batch.kubernetes.io/job-completion-index"] = "0"
        message = json.dumps({"model": "small", "results": FIGURES, "answered": 6})
        state = {"terminated": {"exitCode": 0, "message": message, "finishedAt": "2026-01-01T00:01:00Z"}}
        memory.objects[POD, "p"] = {
            "metadata": {"name": "p", "labels": labels},
            "status": {"phase": "Succeeded", "containerStatuses": [{"state": state}]},
        }


async def measured(memory: Memory) -> dict[str, Any]:
    """Measure once; gives the status."""
    begun = await memory.look()
    end_job(memory)
    done = await memory.look(stored(begun))
    assert reason(done) == ("True", "Measured")
    return stored(done)


async def test_an_operator_that_died_before_it_wrote_the_status_makes_no_second_job(memory: Memory) -> None:
    await memory.look()
    memory.writes.clear()
    again = await memory.look()
    assert memory.writes == []
    assert reason(again) == ("False", "Running")
    assert len(memory.of(JOB)) == 1


async def test_an_operator_that_died_after_the_end_still_takes_the_results_in(memory: Memory) -> None:
    await memory.look()
    end_job(memory)
    assert reason(await memory.look()) == ("True", "Measured")


async def test_an_operator_that_died_while_superseding_still_writes_the_history(memory: Memory) -> None:
    before = await measured(memory)
    memory.set_model("rev-2")
    await memory.look(before)
    again = await memory.look(before)
    assert [past.inputs_hash for past in again.status.history] == [before["inputsHash"]]
    assert [note.reason for note in again.notes] == ["Superseded"]


async def test_a_second_look_at_a_finished_run_writes_nothing_and_says_the_same(memory: Memory) -> None:
    before = await measured(memory)
    memory.writes.clear()
    again = await memory.look(before)
    assert memory.writes == []
    assert stored(again) == {**before, "observedGeneration": 1}
    assert again.notes == ()


async def test_a_candidate_that_flaps_to_another_revision_and_back_is_not_measured_again(memory: Memory) -> None:
    before = await measured(memory)
    memory.set_model("rev-2", ready="False")
    away = await memory.look(before)
    assert reason(away) == ("False", "CandidateNotReady")
    assert stored(away)["results"] == before["results"]
    memory.set_model("rev-1")
    back = await memory.look(stored(away))
    assert reason(back) == ("True", "Measured")
    assert (back.status.inputs_hash, back.status.history) == (before["inputsHash"], [])


async def test_a_running_job_is_stopped_when_its_candidate_becomes_another_even_before_that_one_serves(
    memory: Memory,
) -> None:
    begun = await memory.look()
    memory.set_model("rev-2", ready="False")
    await memory.look(stored(begun))
    assert memory.of(JOB) == []


async def test_a_candidate_that_restarts_does_not_stop_its_running_job(memory: Memory) -> None:
    begun = await memory.look()
    memory.set_model(ready="False")
    memory.writes.clear()
    during = await memory.look(stored(begun))
    assert (reason(during), memory.writes) == (("False", "Running"), [])
    assert reason(during, "InputsResolved") == ("False", "CandidateNotReady")


async def test_a_job_that_is_complete_but_whose_pod_is_gone_is_not_taken_for_measured(memory: Memory) -> None:
    begun = await memory.look()
    end_job(memory, with_pod=False)
    lost = await memory.look(stored(begun))
    assert reason(lost, "Complete") == ("False", "JobFailed")
    assert len(memory.of(JOB)) == 1


async def test_the_job_of_a_deleted_namesake_is_neither_read_nor_taken_over(memory: Memory) -> None:
    await memory.look()
    end_job(memory)
    memory.writes.clear()
    namesake = await memory.look(uid="u-2")
    assert (reason(namesake), namesake.status.results, memory.writes) == (("False", "Running"), [], [])
    assert namesake.again_after is not None


async def test_children_of_another_run_with_the_same_label_are_left_alone(memory: Memory) -> None:
    await memory.look()
    (name,) = memory.of(JOB)
    stranger = memory.objects[JOB, name]
    metadata = {**stranger["metadata"], "name": "other", "ownerReferences": [{"uid": "u-9", "kind": "x", "name": "y"}]}
    memory.objects[JOB, "other"] = {**stranger, "metadata": metadata}
    await memory.look()
    assert "other" in memory.of(JOB)


async def test_a_refusal_is_told_and_tried_again_after_a_while(memory: Memory) -> None:
    memory.refusals["Job"] = Refused("exceeded quota: none")
    refused = await memory.look()
    assert reason(refused, "Complete") == ("False", "JobRefused")
    assert refused.again_after is not None
    del memory.refusals["Job"]
    assert reason(await memory.look(stored(refused))) == ("False", "Running")


async def test_an_api_server_that_is_away_is_left_to_the_queue(memory: Memory) -> None:
    memory.refusals["ConfigMap"] = Unavailable("away")
    with pytest.raises(Unavailable):
        await memory.look()


async def test_a_bundle_that_is_no_catalogue_is_told_and_nothing_is_begun(memory: Memory) -> None:
    (name,) = memory.of(CONFIG_MAP)
    memory.objects[CONFIG_MAP, name]["data"] = {"bundle.json": "{half"}
    told = await memory.look()
    assert reason(told) == ("False", "CatalogNotReady")
    assert memory.of(JOB) == []


async def test_a_gate_on_another_figure_leaves_the_plan_of_what_was_measured_alone(memory: Memory) -> None:
    status = await measured(memory)
    (name,) = memory.of(JOB)
    before = memory.objects[CONFIG_MAP, name]["data"]
    memory.writes.clear()
    gates = [{"metric": "coverage", "op": "AtLeast", "value": "1"}]
    after = await evaluationrun.reconcile(run({"gates": gates}, status), memory.world())
    assert memory.objects[CONFIG_MAP, name]["data"] == before
    assert [write for write in memory.writes if "ConfigMap" in write] == []
    assert after.status.inputs_hash == status["inputsHash"]


async def test_what_is_chosen_is_told_once(memory: Memory) -> None:
    status = await measured(memory)
    selection = {"criteria": [{"metric": "label", "goal": "Maximize", "priority": 0}]}
    first = await evaluationrun.reconcile(run({"selection": selection}, status), memory.world())
    assert [note.message for note in first.notes] == ["Selected small: the only candidate that can be selected"]
    second = await evaluationrun.reconcile(run({"selection": selection}, stored(first)), memory.world())
    assert second.notes == ()


async def test_a_raised_budget_makes_the_job_anew_for_the_same_inputs(memory: Memory) -> None:
    sink = {"sink": {"objectStore": {"uri": "s3://lake"}}}
    begun = await memory.look(spec={**sink, "execution": {"budget": {"tokens": 1000}}})
    (name,) = memory.of(JOB)
    spent = json.dumps({"model": "small", "error": "small: spent 1000 tokens", "reason": "BudgetExhausted"})
    job = memory.objects[JOB, name]
    job["status"] = {"conditions": [{"type": "Failed", "status": "True", "reason": "FailedIndexes"}]}
    labels = {**job["spec"]["template"]["metadata"]["labels"], "batch.kubernetes.io/job-name": name}
    labels["batch.kubernetes.io/job-completion-index"] = "0"
    state = {"terminated": {"exitCode": 6, "message": spent, "finishedAt": "2026-01-01T00:01:00Z"}}
    pod = {"phase": "Failed", "containerStatuses": [{"state": state}]}
    memory.objects[POD, "p"] = {"metadata": {"name": "p", "labels": labels}, "status": pod}
    over = await memory.look(stored(begun), {**sink, "execution": {"budget": {"tokens": 1000}}})
    assert reason(over, "Complete") == ("False", "BudgetExhausted")
    memory.writes.clear()
    for _ in range(2):
        again = await memory.look(stored(over), {**sink, "execution": {"budget": {"tokens": 2000}}})
    assert memory.writes == [f"delete Job {name}", f"apply Job {name}"]
    assert (reason(again), again.status.inputs_hash) == (("False", "Running"), begun.status.inputs_hash)
