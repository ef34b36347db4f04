"""Each reason of a model's status, provoked once on a real control plane."""

from typing import Any

import pytest

from tests.support.model_stage import Stage

pytestmark = pytest.mark.cluster

CRASH_LOOP = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}


def ended(code: int, message: str = "", reason: str = "Error", seconds: int = 5) -> dict[str, Any]:
    end = f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z"
    times = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": end}
    return {"terminated": {"exitCode": code, "message": message, "reason": reason, **times}}


def test_pods_that_are_being_made_and_a_model_scaled_to_zero(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    stage.pod()
    found = stage.wait_for("Ready", "False", "EngineProgressing")
    assert "0 of 1 pods are ready" in found["message"]
    assert stage.conditions()["Reconciling"]["status"] == "True"
    assert stage.conditions()["SourceResolved"]["reason"] == "SourceUnverified"
    stage.cluster.kubectl("scale", "fm/small", "--replicas=0", "-n", stage.namespace)
    stage.wait_for("Ready", "False", "NoReplicas")


def test_a_claim_that_is_not_there_and_comes_later(stage: Stage) -> None:
    stage.apply()
    assert "no PersistentVolumeClaim weights" in stage.wait_for("Ready", "False", "SourceNotFound")["message"]
    stage.make_claim()
    stage.wait_for("SourceResolved", "Unknown", "SourceUnverified")


def test_an_accelerator_that_no_node_has(stage: Stage) -> None:
    stage.make_claim()
    stage.apply(resources={"accelerator": {"vendor": "Nvidia"}})
    found = stage.wait_for("Ready", "False", "Unschedulable")
    assert "Insufficient nvidia.com/gpu" in found["message"]


def test_a_quota_that_is_used_up(stage: Stage) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    stage.cluster.kubectl.apply(quota, namespace=stage.namespace)
    stage.make_claim()
    stage.apply()
    assert "exceeded quota: none" in stage.wait_for("Ready", "False", "QuotaExceeded")["message"]


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        pytest.param(
            {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "manifest unknown"}}},
            "ImagePullFailed",
            "engine:1: manifest unknown",
            id="an image that cannot be pulled",
        ),
        pytest.param(
            {"state": CRASH_LOOP, "lastState": ended(1, "INFO up\nValueError: bad checkpoint")},
            "EngineCrashed",
            "ValueError: bad checkpoint",
            id="an engine that crashes, by its last log line",
        ),
        pytest.param(
            {"state": CRASH_LOOP, "lastState": ended(137, "", "OOMKilled")},
            "OutOfMemory",
            "memory limit",
            id="too little memory",
        ),
        pytest.param(
            {"state": CRASH_LOOP, "lastState": ended(1, "torch.OutOfMemoryError: CUDA out of memory.")},
            "AcceleratorOutOfMemory",
            "CUDA out of memory",
            id="too little memory of the accelerator",
        ),
        pytest.param(
            {"state": CRASH_LOOP, "lastState": ended(1, "ValueError: To serve at least one request with ...")},
            "ContextTooLong",
            "To serve at least one request",
            id="too long a context",
        ),
        pytest.param(
            {"state": CRASH_LOOP, "lastState": ended(137, "INFO loading weights", seconds=130)},
            "StartupTimedOut",
            "not up within 120 s",
            id="too slow a start",
        ),
    ],
)
def test_a_container_that_does_not_run(stage: Stage, state: dict[str, Any], reason: str, words: str) -> None:
    stage.make_claim()
    stage.apply(startup={"timeout": "2m"})
    stage.play_container(stage.pod(), state)
    assert words in stage.wait_for("Ready", "False", reason)["message"]


def test_a_folder_that_is_not_on_the_volume(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    failed = {"state": CRASH_LOOP, "lastState": ended(2, "the volume has no folder small")}
    stage.play_container(stage.pod(), failed, "check-weights")
    assert "no folder small" in stage.wait_for("Ready", "False", "SourceNotFound")["message"]
    assert stage.conditions()["SourceResolved"]["status"] == "False"


def test_a_token_whose_secret_is_not_there(stage: Stage) -> None:
    token = {"tokenSecretRef": {"name": "hf", "key": "token"}}
    stage.apply(source={"huggingFace": {"repo": "org/gated", **token}})
    assert "no Secret hf" in stage.wait_for("Ready", "False", "SourceUnauthorized")["message"]
    assert stage.conditions()["Stalled"]["status"] == "True"


@pytest.mark.parametrize(
    ("repo", "status", "reason"),
    [
        pytest.param("org/hidden", 401, "SourceUnauthorized", id="a repository that asks for a token"),
        pytest.param("org/nothing", 404, "SourceNotFound", id="a repository that is not there"),
    ],
)
def test_a_repository_that_cannot_be_had(stage: Stage, repo: str, status: int, reason: str) -> None:
    stage.outside.answers[f"http://hub.example/api/models/{repo}/revision/main"] = (status, {})
    stage.apply(source={"huggingFace": {"repo": repo}})
    assert repo in stage.wait_for("Ready", "False", reason)["message"]


def test_a_repository_that_is_found_and_too_large(stage: Stage) -> None:
    commit = "c" * 40
    shape = {"num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "hidden_size": 8192}
    files = [{"rfilename": "model.safetensors", "size": 141_000_000_000}]
    stage.outside.answers["http://hub.example/api/models/org/large/revision/main"] = (
        200,
        {"sha": commit, "siblings": files, "safetensors": {"total": 70_500_000_000}},
    )
    stage.outside.answers[f"http://hub.example/org/large/resolve/{commit}/config.json"] = (
        200,
        {**shape, "architectures": ["LlamaForCausalLM"], "torch_dtype": "bfloat16"},
    )
    accelerator = {"vendor": "Nvidia", "count": 2, "memory": "80Gi"}
    stage.apply(
        source={"huggingFace": {"repo": "org/large"}},
        engine={"contextLength": 8192},
        resources={"accelerator": accelerator},
    )
    stage.wait_for("SourceResolved", "True", "SourceResolved")
    assert "133.9Gi / 2" in stage.wait_for("FitsAccelerator", "False", "DoesNotFit")["message"]
    status = stage.status()
    assert status["resolved"] == {
        "digest": commit,
        "parameters": 70_500_000_000,
        "dtype": "bfloat16",
        "architecture": "LlamaForCausalLM",
    }
    assert status["estimate"]["acceleratorsNeeded"] == 4
    assert status["estimate"]["kvCachePerToken"] == "320Ki"
    assert stage.children(), "an estimate warns, it never blocks"


def test_an_argument_that_a_field_owns_and_its_removal(stage: Stage) -> None:
    stage.make_claim()
    stage.apply(engine={"extraArgs": ["--max-model-len=4096"]})
    message = stage.wait_for("Ready", "False", "ArgumentConflict")["message"]
    assert "--max-model-len" in message
    assert "engine.contextLength" in message
    assert stage.conditions()["Stalled"]["status"] == "True"
    assert stage.children() == []
    stage.apply(engine={"contextLength": 4096})
    stage.wait_for("Ready", "False", "EngineProgressing")


def test_a_pod_template_that_the_api_server_refuses(stage: Stage) -> None:
    stage.make_claim()
    stage.apply(podTemplate={"metadata": {"labels": {"fmops.dev/foundationmodel": "other"}}})
    assert "template" in stage.wait_for("Ready", "False", "InvalidPodTemplate")["message"]
    stage.apply(podTemplate={"spec": {"containers": "none"}})
    stage.wait_for("Ready", "False", "InvalidPodTemplate")


def test_a_chat_template_that_is_not_there_and_comes_later(stage: Stage) -> None:
    stage.make_claim()
    reference = {"configMapKeyRef": {"name": "templates", "key": "chat"}}
    stage.apply(engine={"chatTemplate": reference})
    assert "no ConfigMap templates" in stage.wait_for("Ready", "False", "SourceNotFound")["message"]
    metadata = {"name": "templates"}
    stage.cluster.kubectl.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"chat": "{{ x }}"}},
        namespace=stage.namespace,
    )
    stage.wait_for("Ready", "False", "EngineProgressing")
    annotations = stage.get("deployment")["spec"]["template"]["metadata"]["annotations"]
    assert len(annotations["fmops.dev/chat-template"]) == 10


def test_a_model_serves_once_its_service_has_answered(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    url = f"http://small.{stage.namespace}.svc:8000/v1"
    stage.play_ready(stage.pod())
    assert "status 502" in stage.wait_for("Ready", "False", "EndpointNotAnswering")["message"]
    assert stage.conditions()["EngineAvailable"]["status"] == "True"
    stage.outside.serve_model(url, "other")
    assert "serves other, and not small" in stage.wait_for("Ready", "False", "WrongServedName")["message"]
    stage.outside.serve_model(url, "small")
    stage.wait_for("Ready", "True", "Serving")
    status = stage.status()
    assert (status["url"], status["servedName"], status["readyReplicas"]) == (url, "small", 1)
    assert status["resolved"]["contextLength"] == 4096
    assert {"Stalled", "Reconciling"}.isdisjoint(stage.conditions())
    del stage.outside.answers[f"{url}/chat/completions"]
    stage.wait_for("Ready", "False", "EndpointNotAnswering")


def test_a_new_pod_is_asked_itself_and_not_believed_for_the_one_before(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    url = f"http://small.{stage.namespace}.svc:8000/v1"
    stage.outside.serve_model(url, "small")
    first = stage.pod()
    stage.play_ready(first)
    stage.wait_for("Ready", "True", "Serving")
    stage.outside.answers.pop(f"{url}/models")
    stage.outside.answers.pop(f"{url}/chat/completions")
    stage.cluster.kubectl("delete", "pod", first, "-n", stage.namespace, "--force", "--grace-period=0")
    stage.play_ready(stage.pod())
    stage.wait_for("Ready", "False", "EndpointNotAnswering")


def test_a_provider_from_a_missing_key_to_serving(stage: Stage) -> None:
    url = f"http://{stage.namespace}.provider.example/v1"
    key = {"apiKeySecretRef": {"name": "provider", "key": "token"}}
    stage.apply(source={"provider": {"baseURL": url, "model": "big-1", **key}})
    assert "no Secret provider" in stage.wait_for("Ready", "False", "ProviderUnauthorized")["message"]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "provider"}, "stringData": {"other": "x"}}
    stage.cluster.kubectl.apply(secret, namespace=stage.namespace)
    stage.look_again()
    assert "no key token" in stage.conditions()["Ready"]["message"]
    stage.outside.answers[f"{url}/models"] = (401, {"error": {"message": "bad key sk-hidden"}})
    stage.cluster.kubectl.apply({**secret, "stringData": {"token": "sk-hidden\n"}}, namespace=stage.namespace)
    stage.look_again()
    assert "status 401" in stage.wait_for("Ready", "False", "ProviderUnauthorized")["message"]
    stage.outside.serve_model(url, "big-1")
    stage.wait_for("Ready", "True", "Serving")
    status = stage.status()
    assert (status["url"], status["servedName"]) == (url, "big-1")
    assert status["revisions"]["active"]
    assert "sk-hidden" not in str(stage.get("foundationmodel"))
    assert stage.children() == []


def test_a_provider_that_is_away_and_an_engine_of_somebody_else(stage: Stage) -> None:
    stage.apply("away", source={"provider": {"baseURL": f"http://{stage.namespace}.away.example/v1", "model": "m"}})
    stage.wait_for("Ready", "False", "ProviderUnreachable", "away")
    root = f"http://{stage.namespace}.other.svc:8000"
    stage.outside.serve_model(f"{root}/v1", "theirs")
    stage.apply("theirs", source={"service": {"url": root, "model": "theirs"}})
    stage.wait_for("Ready", "True", "Serving", "theirs")
    assert stage.status("theirs")["url"] == f"{root}/v1"
