"""What is read from a Job and its pods."""

import json
from typing import Any

import pytest

from fmops_operator.status.evaluationrun_job import Attempt, Reading, parse_indexes
from fmops_operator.status.job import Phase

SUMMARY = json.dumps(
    {"model": "small", "results": [{"model": "small", "metric": "label", "value": "0.5"}], "answered": 6}
)
FAILED_SUMMARY = json.dumps({"model": "small", "error": "small: the endpoint refuses the key (401)"})


def pod(index: int = 0, born: str = "2026-01-01T00:00:00Z", **status: Any) -> dict[str, Any]:
    labels = {"batch.kubernetes.io/job-completion-index": str(index)}
    return {"metadata": {"name": f"p-{index}", "labels": labels, "creationTimestamp": born}, "status": status}


def ended(code: int, message: str = "", reason: str = "") -> dict[str, Any]:
    state = {
        "terminated": {"exitCode": code, "message": message, "reason": reason, "finishedAt": "2026-01-01T00:01:00Z"}
    }
    return {"phase": "Succeeded" if code == 0 else "Failed", "containerStatuses": [{"name": "runner", "state": state}]}


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": reason, "message": message}}}]}


@pytest.mark.parametrize(
    ("text", "indexes"),
    [("", set()), ("0", {0}), ("0,2-4", {0, 2, 3, 4}), ("1-2,9", {1, 2, 9})],
    ids=["none", "one", "one and a range", "a range and one"],
)
def test_indexes_are_read_as_kubernetes_writes_them(text: str, indexes: set[int]) -> None:
    assert parse_indexes(text) == indexes


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        pytest.param(ended(0, SUMMARY), "", id="a runner that measured is no trouble"),
        pytest.param(
            ended(2, FAILED_SUMMARY), "small: the endpoint refuses the key (401)", id="the runner's own sentence"
        ),
        pytest.param(
            ended(137, "", "OOMKilled"),
            "the runner was killed for going over its memory limit: raise execution.resources.limits.memory",
            id="out of memory says what to raise",
        ),
        pytest.param(
            ended(1, "Traceback: bad"),
            "the runner ended with exit status 1 and left no sentence; its log says more",
            id="a crash is told without its text",
        ),
        pytest.param(
            ended(0, '{"half'),
            "the runner ended well but left no summary that can be read",
            id="a torn summary is no result",
        ),
        pytest.param(
            ended(0, '{"model": "small"}'),
            "the runner ended well but left no summary that can be read",
            id="nor an empty one",
        ),
        pytest.param(
            waiting("ImagePullBackOff", "Back-off pulling image"),
            "the pod does not start: ImagePullBackOff: Back-off pulling image",
            id="an image that cannot be pulled",
        ),
        pytest.param(waiting("ContainerCreating", ""), "", id="a pod that is being made is no trouble"),
        pytest.param(
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}],
            },
            "the pod has no node: 0/3 nodes are available",
            id="a pod without a node",
        ),
        pytest.param(
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."},
            "the pod was ended: The node was low on memory.",
            id="an evicted pod",
        ),
        pytest.param({"phase": "Running"}, "", id="a running pod is no trouble"),
    ],
)
def test_trouble_is_told_in_a_sentence(status: dict[str, Any], sentence: str) -> None:
    attempt = Attempt.of(pod(**status))
    assert attempt is not None
    assert attempt.trouble == sentence


def test_a_pod_without_an_index_is_not_read() -> None:
    assert Attempt.of({"metadata": {"name": "other"}}) is None


CRASHED = "the runner ended with exit status 1 and left no sentence; its log says more"
NO_NODE = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}]}


AT_ONCE, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z"


@pytest.mark.parametrize(
    ("born", "newer", "sentence"),
    [
        pytest.param(LATER, {"phase": "Running"}, f"{CRASHED}; tried again: under way", id="a further try runs"),
        pytest.param(AT_ONCE, {"phase": "Running"}, f"{CRASHED}; tried again: under way", id="in the same second"),
        pytest.param(
            LATER, NO_NODE, f"{CRASHED}; tried again: the pod has no node: 0/3 nodes", id="a further try waits"
        ),
        pytest.param(LATER, ended(2, FAILED_SUMMARY), "small: the endpoint refuses the key (401)", id="it failed too"),
        pytest.param(LATER, ended(0, SUMMARY), "", id="it went well"),
    ],
)
def test_why_a_try_failed_is_told_until_the_next_one_has_ended(born: str, newer: Any, sentence: str) -> None:
    tries = [pod(born=born, **newer), pod(born=AT_ONCE, **ended(1))]
    assert Reading.of({"metadata": {"creationTimestamp": AT_ONCE}, "spec": {}}, tries).trouble(0) == sentence


def test_without_a_try_nothing_went_wrong() -> None:
    assert Reading.of({"metadata": {}, "spec": {}}, ()).trouble(0) == ""


def test_only_a_try_that_succeeded_gives_results() -> None:
    reading = Reading.of({"metadata": {}, "spec": {}}, [pod(0, **ended(0, SUMMARY)), pod(1, **ended(75, SUMMARY))])
    assert {index: s.answered for index, s in reading.summaries().items()} == {0: 6}


@pytest.mark.parametrize(
    ("job", "phase"),
    [
        pytest.param({"spec": {}}, Phase.ACTIVE, id="a new one is active"),
        pytest.param({"spec": {"suspend": True}}, Phase.SUSPENDED, id="a suspended one"),
        pytest.param(
            {"spec": {"suspend": True}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}},
            Phase.COMPLETE,
            id="a complete one, even when it is suspended afterwards",
        ),
        pytest.param(
            {"spec": {}, "status": {"conditions": [{"type": "FailureTarget", "status": "True"}]}},
            Phase.ACTIVE,
            id="one that is about to fail still runs",
        ),
        pytest.param(
            {"spec": {}, "status": {"conditions": [{"type": "Failed", "status": "True"}]}},
            Phase.FAILED,
            id="a failed one",
        ),
    ],
)
def test_the_phase_of_a_job(job: dict[str, Any], phase: Phase) -> None:
    assert Reading.of({"metadata": {}, **job}, ()).phase == phase


def test_the_end_is_the_jobs_or_while_it_does_not_say_so_the_last_pods() -> None:
    pods = [pod(0, **ended(0, SUMMARY))]
    assert Reading.of({"metadata": {}, "spec": {}}, pods).ended_at() == "2026-01-01T00:01:00Z"
    done = {"metadata": {}, "spec": {}, "status": {"completionTime": "2026-01-01T00:02:00Z", "conditions": []}}
    assert Reading.of(done, pods).ended_at() == "2026-01-01T00:02:00Z"
    assert Reading.of({"metadata": {}, "spec": {}}, ()).ended_at() is None


def test_what_the_sink_refused_is_told_until_a_later_try_of_the_index_gets_on() -> None:
    said = '{"model": "small", "error": "s3://lake: there is no such bucket"}'
    first = pod(0, "2026-01-01T00:00:00Z", **ended(5, said))
    later = pod(0, "2026-01-01T00:01:00Z", phase="Running")
    assert Reading.of({"metadata": {}}, [first]).sink_trouble() == "s3://lake: there is no such bucket"
    assert Reading.of({"metadata": {}}, [first, later]).sink_trouble() == ""
    without_a_node = pod(0, "2026-01-01T00:01:00Z", phase="Pending")
    assert Reading.of({"metadata": {}}, [first, without_a_node]).sink_trouble().endswith("there is no such bucket")
    assert Reading.of({"metadata": {}}, [pod(0, **ended(4, said))]).sink_trouble() == ""
