"""Which child is at fault when the engine is not up, each reason by a sentence."""

from typing import Any

import pytest

from fmops_operator.observed import Pod, Rollout
from fmops_operator.status.foundationmodel_pods import find_engine, find_refusal, refusal_reason
from tests.operator.pod_samples import deployment, ended, pod, waiting

TIMEOUT = 600.0
CRASHED = "(EngineCore_0 pid=71) ERROR 11-23 09:00:00 [core.py:866] RuntimeError: no kernel image\n"
CRASH_LOOP = "CrashLoopBackOff"
LONG = (
    "ValueError: To serve at least one request with the model's max seq len (131072), (16.00 GiB KV cache is needed,"
    " which is larger than the available KV cache memory (3.1 GiB). Based on the available memory, the estimated"
    " maximum model length is 25392."
)


@pytest.mark.parametrize(
    ("raw", "reason", "words"),
    [
        pytest.param(
            pod(engine=waiting("ImagePullBackOff", "Back-off pulling image: not found")),
            "ImagePullFailed",
            "vllm/cpu:1: Back-off pulling image: not found",
            id="an image that cannot be pulled is named",
        ),
        pytest.param(pod(engine=waiting("InvalidImageName")), "ImagePullFailed", "InvalidImageName", id="a wrong name"),
        pytest.param(
            pod(check=waiting("ErrImageNeverPull", "is not present")),
            "ImagePullFailed",
            "is not present",
            id="a check's image",
        ),
        pytest.param(
            pod(scheduled="0/3 nodes are available: 3 Insufficient nvidia.com/gpu."),
            "Unschedulable",
            "Insufficient nvidia.com/gpu",
            id="no node has room, in the scheduler's words",
        ),
        pytest.param(
            pod(check=waiting(CRASH_LOOP, last=ended(2, "the volume has no folder small"))),
            "SourceNotFound",
            "the volume has no folder small",
            id="the folder of the weights is not there",
        ),
        pytest.param(
            pod(check={"state": {"terminated": ended(2, "the folder small has no config.json")}}),
            "SourceNotFound",
            "no config.json",
            id="the check has just failed",
        ),
        pytest.param(
            pod(engine=waiting("CreateContainerConfigError", 'secret "hf" not found')),
            "SourceUnauthorized",
            'secret "hf" not found',
            id="the Secret of the token is not there",
        ),
        pytest.param(
            pod(engine=waiting("CreateContainerConfigError", 'configmap "c" not found')),
            "InvalidPodTemplate",
            'configmap "c" not found',
            id="a ConfigMap of the template is not there",
        ),
        pytest.param(
            pod(engine=waiting("RunContainerError", "exec: vllm: not found")),
            "EngineCrashed",
            "not found",
            id="no program",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, CRASHED))),
            "EngineCrashed",
            "container engine ended with 1: RuntimeError: no kernel image",
            id="the engine's last words, without their prefix",
        ),
        pytest.param(
            pod(engine={"state": {"terminated": ended(1, "")}}), "EngineCrashed", "it said nothing", id="a silent end"
        ),
        pytest.param(
            pod(engine={"state": {"running": {}}, "lastState": {"terminated": ended(1, CRASHED)}}),
            "EngineCrashed",
            "RuntimeError",
            id="an engine that has been started again is not up yet",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(137, "", "OOMKilled"))),
            "OutOfMemory",
            "memory limit",
            id="killed for its memory",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "torch.OutOfMemoryError: CUDA out of memory. Tried 2 GiB"))),
            "AcceleratorOutOfMemory",
            "Tried 2 GiB",
            id="the accelerator's memory is full",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "ValueError: No available memory for the cache blocks."))),
            "AcceleratorOutOfMemory",
            "cache blocks",
            id="nothing is left beside the weights",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, LONG))),
            "ContextTooLong",
            "25392",
            id="the longest that would fit",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "ValueError: User-specified max_model_len (9) is greater"))),
            "ContextTooLong",
            "max_model_len (9)",
            id="longer than the model was made for",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "GatedRepoError: 403 Client Error. Cannot access"))),
            "SourceUnauthorized",
            "GatedRepoError",
            id="the hub refuses the engine",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "RepositoryNotFoundError: 404 Client Error"))),
            "SourceNotFound",
            "RepositoryNotFoundError",
            id="the hub knows no such repository",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(137, "INFO loading weights", seconds=630))),
            "StartupTimedOut",
            "600 s (startup.timeout)",
            id="stopped when the time to start was over",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(1, "KeyboardInterrupt: terminated", seconds=5))),
            "StartupTimedOut",
            "startup.timeout",
            id="stopped while it was starting, by its own words",
        ),
        pytest.param(
            pod(engine=waiting(CRASH_LOOP, last=ended(137, "", seconds=43200))),
            "EngineCrashed",
            "ended with 137",
            id="stopped long after it was up",
        ),
    ],
)
def test_a_pod_names_what_is_wrong(raw: dict[str, Any], reason: str, words: str) -> None:
    found = find_engine(Rollout.of(deployment()), [Pod.of(raw)], TIMEOUT)
    assert (found.status, str(found.reason)) == (False, reason)
    assert words in found.message
    assert "small-1" in found.message


@pytest.mark.parametrize(
    ("raw", "pods", "status", "reason", "words"),
    [
        pytest.param(None, [], False, "EngineProgressing", "not there yet", id="no Deployment yet"),
        pytest.param(deployment(0), [], False, "NoReplicas", "zero", id="scaled to zero"),
        pytest.param(
            deployment(0, total=1), [pod(leaving=True)], False, "EngineProgressing", "0 of 0", id="still going"
        ),
        pytest.param(deployment(2, ready=2), [], True, "EngineAvailable", "2 of 2", id="every pod is ready"),
        pytest.param(deployment(2, ready=1), [], False, "EngineProgressing", "1 of 2", id="one is still coming"),
        pytest.param(
            deployment(1, ready=1, total=2),
            [],
            False,
            "EngineProgressing",
            "1 of the version before",
            id="an old one is left",
        ),
        pytest.param(deployment(1, ready=1, observed=0), [], False, "EngineProgressing", "", id="a spec not yet seen"),
        pytest.param(
            deployment(
                conditions=[
                    {"type": "ReplicaFailure", "status": "True", "message": "pods is forbidden: exceeded quota: gpus"}
                ]
            ),
            [],
            False,
            "QuotaExceeded",
            "exceeded quota: gpus",
            id="a quota refuses the pods",
        ),
        pytest.param(
            deployment(
                conditions=[{"type": "ReplicaFailure", "status": "True", "message": "violates PodSecurity restricted"}]
            ),
            [],
            False,
            "InvalidPodTemplate",
            "PodSecurity",
            id="admission refuses the pods",
        ),
        pytest.param(
            deployment(),
            [pod("old", phase="Failed", engine=waiting("ImagePullBackOff"))],
            False,
            "EngineProgressing",
            "",
            id="a pod that has failed for good is replaced, not blamed",
        ),
        pytest.param(
            deployment(),
            [pod("old", leaving=True, engine=waiting("ImagePullBackOff"))],
            False,
            "EngineProgressing",
            "",
            id="a pod that is leaving is not blamed",
        ),
        pytest.param(
            deployment(2),
            [pod("a", scheduled="no room"), pod("b", engine=waiting("ImagePullBackOff"))],
            False,
            "ImagePullFailed",
            "pod b",
            id="what a person must mend is named before what may wait",
        ),
    ],
)
def test_a_deployment(
    raw: dict[str, Any] | None, pods: list[dict[str, Any]], status: bool, reason: str, words: str
) -> None:
    found = find_engine(Rollout.of(raw) if raw else None, [Pod.of(each) for each in pods], TIMEOUT)
    assert (found.status, str(found.reason)) == (status, reason)
    assert words in found.message


@pytest.mark.parametrize(
    ("log", "wanted"),
    [
        pytest.param("a\nb\n\n", "b", id="the last line"),
        pytest.param("ValueError: first\nInfo after", "ValueError: first", id="the last line that names an error"),
        pytest.param("ValueError: x\nprompt: tell me a secret", "ValueError: x", id="never a request"),
        pytest.param("OSError: token hf_abcdefgh1234 is bad", "OSError: token [secret] is bad", id="never a token"),
        pytest.param("OSError: Bearer abc.def sent", "OSError: [secret] sent", id="never a header"),
        pytest.param("x" * 5000, "x" * 600, id="never a long line"),
    ],
)
def test_the_last_words_of_the_engine(log: str, wanted: str) -> None:
    found = find_engine(
        Rollout.of(deployment()), [Pod.of(pod(engine=waiting(CRASH_LOOP, last=ended(1, log))))], TIMEOUT
    )
    shown = found.message.partition("ended with 1: ")[2]
    assert shown.rstrip("…") in wanted
    assert shown[:30] == wanted[:30]
    assert len(found.message) <= 600


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("pods 'a' is forbidden: exceeded quota: q, requested: pods=1", "QuotaExceeded"),
        ("failed quota: q: must specify limits.memory for: engine", "QuotaExceeded"),
        ("maximum memory usage per Container is 1Gi, but limit is 2Gi", "QuotaExceeded"),
        ("violates PodSecurity", "InvalidPodTemplate"),
    ],
)
def test_a_refusal_of_pods(message: str, reason: str) -> None:
    assert str(refusal_reason(message)) == reason


def test_a_refusal_of_the_deployment_that_is_not_about_its_template() -> None:
    assert str(find_refusal("Deployment small is there already").reason) == "Refused"
    assert str(find_refusal("spec.template.spec.dnsPolicy: Unsupported value").reason) == "InvalidPodTemplate"
