"""A run in shards on a real control plane: a pod for each shard, then the one that scores."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.operator.evaluation_bench import Bench
from tests.support.openai_server import OpenAIServer

CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "shards"}}
SPEC = {
    "metrics": [{"name": "exact", "type": "ExactMatch"}],
    "sink": {"persistentVolumeClaim": {"claimName": "shards"}},
}


def sharded(shards: int) -> dict[str, Any]:
    return {**SPEC, "execution": {"shards": shards}}


@pytest.fixture
def split(bench: Bench) -> Bench:
    """A run of one candidate in three shards."""
    storage = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    bench.apply({**CLAIM, "spec": storage})
    bench.apply_run(sharded(3))
    return bench


def test_three_real_runners_ask_and_a_fourth_scores(split: Bench, server: OpenAIServer, tmp_path: Path) -> None:
    name = split.job()["metadata"]["name"]
    assert name.endswith("-ask")
    asked = len(server.asked)
    split.wait("a pod for each shard", lambda: len(split.pods_of(name)) == 3)
    for index in range(3):
        assert split.play(tmp_path, index) == 0
    answering = name.removesuffix("-ask")
    split.wait("the pod that scores", lambda: len(split.pods_of(answering)) == 1)
    split.wait("progress of the shards", lambda: split.status()["progressText"] == "6/6")
    assert split.play(tmp_path, 0) == 0
    assert split.wait_for("Complete", "Measured")[0] == "True"
    assert len([each for each in server.asked[asked:] if each.prompt != "ping"]) == 6
    (exact,) = [r for r in split.status()["results"] if r["metric"] == "exact"]
    assert exact["n"] == 6
    before = split.status()
    split.apply_run(sharded(2))
    split.wait("another look", lambda: split.status()["observedGeneration"] > before["observedGeneration"])
    assert split.status()["inputsHash"] == before["inputsHash"]
    assert split.jobs() == [answering], "the finished Job of other shards goes, and none is made"


def test_a_shard_is_tried_again_alone_and_one_that_no_try_mends_is_told(split: Bench) -> None:
    name = split.job()["metadata"]["name"]
    first = split.pod(1)["metadata"]["uid"]
    for index in (0, 2):
        split.end_pod(index, 0, json.dumps({"model": "small", "shard": "shard", "answered": 2, "total": 2}))
    taken = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    split.set_pod_status(1, {"phase": "Failed", "conditions": [taken]})
    split.wait("another try of the shard", lambda: any(pod["metadata"]["uid"] != first for pod in split.pods(1)))
    assert not split.pods(0)
    assert not split.pods(2)
    split.end_pod(1, 2, json.dumps({"model": "small", "error": "small (shard 2 of 3): no API key"}))
    status, message = split.wait_for("Answered", "JobFailed")
    assert (status, message.split(";")[0]) == ("False", "small (shard 2 of 3): no API key")
    assert split.jobs() == [name]
    assert split.condition("GatePassed")[0] == "Unknown"
    assert split.status()["results"] == []
