"""Runs whose Jobs wait in a queue of Kueue: Kueue starts them, and nobody fights about what it decides."""

from typing import Any

import pytest

from fmops_operator.manifest import JOB, LOCAL_QUEUES, Kind
from fmops_operator.world import Outcome
from tests.cluster.audit import AuditFilter
from tests.cluster.control_plane import ControlPlane
from tests.operator.evaluation_bench import Bench, Stage
from tests.operator.evaluation_memory import Memory

QUEUED = {"execution": {"queueName": "tests"}}
NO_KUEUE = (
    "execution.queueName: tests is a queue of Kueue, which this cluster does not have: install it, or remove queueName"
)


class WithoutKueue(Memory):
    """A cluster that has no Kueue."""

    async def serves(self, kind: Kind) -> bool:
        """Have what Kubernetes has."""
        return kind not in LOCAL_QUEUES


@pytest.fixture
async def memory() -> Memory:
    made = Memory()
    await made.set_scene()
    made.objects[LOCAL_QUEUES[0], "tests"] = {"metadata": {"name": "tests"}}
    return made


def ready(outcome: Outcome[Any]) -> tuple[str, str]:
    found = next(c for c in outcome.status.conditions if c.type == "Ready")
    return found.reason, found.message


def admit(memory: Memory) -> dict[str, Any]:
    """Start the Job as Kueue does."""
    (name,) = memory.of(JOB)
    job = memory.objects[JOB, name]
    job["spec"] = {**job["spec"], "suspend": False, "parallelism": 1}
    job["spec"]["template"]["spec"]["nodeSelector"] = {"pool": "spot"}
    memory.writes.clear()
    return job


async def test_a_queued_job_is_made_suspended_and_says_where_it_waits(memory: Memory) -> None:
    begun = await memory.look(spec=QUEUED)
    (name,) = memory.of(JOB)
    job = memory.objects[JOB, name]
    assert (job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"], job["spec"]["suspend"]) == ("tests", True)
    told = "waits in queue tests until Kueue has room; `kubectl get workloads` says what it waits for"
    assert ready(begun) == ("Queued", told)
    assert [note.reason for note in begun.notes] == ["EvaluationQueued"]


async def test_what_kueue_decides_at_admission_is_left_alone(memory: Memory) -> None:
    begun = await memory.look(spec=QUEUED)
    before = admit(memory)
    during = await memory.look(begun.status.to_manifest(), QUEUED)
    assert (ready(during)[0], memory.writes) == ("Running", [])
    (name,) = memory.of(JOB)
    assert memory.objects[JOB, name] == before


async def test_an_evicted_job_waits_again(memory: Memory) -> None:
    begun = await memory.look(spec=QUEUED)
    admit(memory)["spec"]["suspend"] = True
    evicted = await memory.look(begun.status.to_manifest(), QUEUED)
    assert (ready(evicted)[0], memory.writes) == ("Queued", [])


async def test_a_held_run_leaves_the_queue_and_comes_back(memory: Memory) -> None:
    begun = await memory.look(spec=QUEUED)
    admit(memory)
    held = {"execution": {**QUEUED["execution"], "suspend": True}}
    for _ in range(2):
        away = await memory.look(begun.status.to_manifest(), held)
        assert (ready(away)[0], memory.of(JOB)) == ("Suspended", [])
    assert [write.split()[0] for write in memory.writes] == ["delete"]
    back = await memory.look(away.status.to_manifest(), QUEUED)
    assert (ready(back)[0], len(memory.of(JOB))) == ("Queued", 1)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"queueName": "others"}, id="another queue, which must not change on a Job that runs"),
        pytest.param({"queueName": "tests", "runTimeout": "1h"}, id="another deadline"),
        pytest.param({}, id="no queue"),
    ],
)
async def test_a_change_makes_another_job_instead_of_changing_this_one(memory: Memory, changed: dict[str, Any]) -> None:
    begun = await memory.look(spec=QUEUED)
    admit(memory)
    await memory.look(begun.status.to_manifest(), {"execution": changed})
    assert [write.split()[0] for write in memory.writes] == ["delete"]


async def test_a_queue_that_is_not_there_is_named(memory: Memory) -> None:
    del memory.objects[LOCAL_QUEUES[0], "tests"]
    outcome = await memory.look(spec=QUEUED)
    told = "execution.queueName: there is no LocalQueue tests in namespace support"
    assert ready(outcome) == ("QueueNotFound", told)
    assert outcome.again_after is not None


async def test_without_kueue_it_is_said_that_nobody_starts_the_job() -> None:
    memory = WithoutKueue()
    await memory.set_scene()
    assert ready(await memory.look(spec=QUEUED)) == ("QueueNotFound", NO_KUEUE)


def test_on_a_real_api_server_only_others_start_a_queued_job_and_its_pods_stay_as_admitted(
    bench: Bench, crds_installed: ControlPlane, stage: Stage
) -> None:
    bench.apply_run(QUEUED)
    assert bench.wait_for("Complete", "QueueNotFound") == ("False", NO_KUEUE)
    job = bench.job()
    assert job["spec"]["suspend"] is True
    mark = crds_installed.audit_offset()
    admission = {"suspend": False, "template": {"spec": {"nodeSelector": {"pool": "spot"}}}}
    bench.api.merge(bench.path("job", job["metadata"]["name"]), {"spec": admission})
    bench.wait_for("Ready", "Running")
    assert bench.pod()["spec"]["nodeSelector"] == {"pool": "spot"}
    mine = crds_installed.audit_events(AuditFilter(user=stage.user, namespace=bench.namespace), offset=mark)
    assert [e for e in mine if e.name == job["metadata"]["name"]] == []
    bench.measure()
    bench.wait_for("Ready", "Measured")
    bench.wait("a time to live", lambda: "ttlSecondsAfterFinished" in bench.job()["spec"])
    assert bench.job()["spec"]["template"]["spec"]["nodeSelector"] == {"pool": "spot"}
