"""Each reason of a model's status, provoked once on a real control plane."""

from typing import Any

import pytest

from tests.cluster.progress import wait_until
from tests.support.model_stage import Stage, Theatre

pytestmark = pytest.mark.cluster

CRASH_LOOP = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}


def ended(code: int, message: str = "", reason: str = "Error", seconds: int = 5) -> dict[str, Any]:
    end = f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z"
    times = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": end}
    return {"terminated": {"exitCode": code, "message": message, "reason": reason, **times}}


@pytest.fixture(scope="module")
def starting(theatre: Theatre, shared_namespace: str) -> Stage:
    """A model whose one pod is on a node, which the rows of a table share."""
    stage = Stage(theatre, shared_namespace, "starting")
    stage.make_claim()
    stage.apply(startup={"timeout": "2m"})
    stage.pod()
    return stage


def test_pods_that_are_being_made_and_a_model_scaled_to_zero(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    stage.pod()
    found = stage.wait_for("Ready", "False", "EngineProgressing")
    assert "0 of 1 pods are ready" in found["message"]
    assert stage.conditions()["Reconciling"]["status"] == "True"
    assert stage.conditions()["SourceResolved"]["reason"] == "SourceUnverified"
    stage.scale("FoundationModel", 0)
    stage.wait_for("Ready", "False", "NoReplicas")


def test_a_claim_that_is_not_there_and_comes_later(stage: Stage) -> None:
    stage.apply()
    assert f"no PersistentVolumeClaim {stage.claim}" in stage.wait_for("Ready", "False", "SourceNotFound")["message"]
    stage.make_claim()
    stage.wait_for("SourceResolved", "Unknown", "SourceUnverified")


def test_an_accelerator_that_no_node_has(stage: Stage) -> None:
    stage.make_claim()
    stage.apply(resources={"accelerator": {"vendor": "Nvidia"}})
    # The scheduler may know of the pod before it knows of its claim.
    stage.wait_for("Ready", "False", "Unschedulable", "Insufficient nvidia.com/gpu")


def test_a_quota_that_is_used_up(lonely_stage: Stage) -> None:
    lonely_stage.make("ResourceQuota", "none", spec={"hard": {"pods": "0"}})
    lonely_stage.make_claim()
    lonely_stage.apply()
    lonely_stage.wait_for("Ready", "False", "QuotaExceeded", "exceeded quota: none")


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
def test_a_container_that_does_not_run(starting: Stage, state: dict[str, Any], reason: str, words: str) -> None:
    starting.play_container(starting.pod(), state)
    assert words in starting.wait_for("Ready", "False", reason)["message"]


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
    stage.theatre.outside.answers[f"http://hub.example/api/models/{repo}/revision/main"] = (status, {})
    stage.apply(source={"huggingFace": {"repo": repo}})
    assert repo in stage.wait_for("Ready", "False", reason)["message"]


def test_a_repository_that_is_found_and_too_large(stage: Stage) -> None:
    commit = "c" * 40
    shape = {"num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "hidden_size": 8192}
    files = [{"rfilename": "model.safetensors", "size": 141_000_000_000}]
    stage.theatre.outside.answers["http://hub.example/api/models/org/large/revision/main"] = (
        200,
        {"sha": commit, "siblings": files, "safetensors": {"total": 70_500_000_000}},
    )
    stage.theatre.outside.answers[f"http://hub.example/org/large/resolve/{commit}/config.json"] = (
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
    assert stage.children() == {}
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
    templates = f"{stage.name}-templates"
    reference = {"configMapKeyRef": {"name": templates, "key": "chat"}}
    stage.apply(engine={"chatTemplate": reference})
    assert f"no ConfigMap {templates}" in stage.wait_for("Ready", "False", "SourceNotFound")["message"]
    stage.make("ConfigMap", templates, data={"chat": "{{ x }}"})
    stage.wait_for("Ready", "False", "EngineProgressing")
    annotations = stage.get("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert len(annotations["fmops.dev/chat-template"]) == 10


def test_a_model_serves_once_its_service_has_answered(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    stage.play_ready(stage.pod())
    assert "status 502" in stage.wait_for("Ready", "False", "EndpointNotAnswering")["message"]
    assert stage.conditions()["EngineAvailable"]["status"] == "True"
    stage.theatre.outside.serve_model(stage.url, "other")
    assert f"serves other, and not {stage.name}" in stage.wait_for("Ready", "False", "WrongServedName")["message"]
    stage.theatre.outside.serve_model(stage.url, stage.name)
    stage.wait_for("Ready", "True", "Serving")
    status = stage.status()
    assert (status["url"], status["servedName"], status["readyReplicas"]) == (stage.url, stage.name, 1)
    assert status["resolved"]["contextLength"] == 4096
    assert {"Stalled", "Reconciling"}.isdisjoint(stage.conditions())
    del stage.theatre.outside.answers[f"{stage.url}/chat/completions"]
    stage.wait_for("Ready", "False", "EndpointNotAnswering")


def test_a_new_pod_is_asked_itself_and_not_believed_for_the_one_before(stage: Stage) -> None:
    stage.make_claim()
    stage.apply()
    stage.theatre.outside.serve_model(stage.url, stage.name)
    first = stage.pod()
    stage.play_ready(first)
    stage.wait_for("Ready", "True", "Serving")
    stage.theatre.outside.answers.pop(f"{stage.url}/models")
    stage.theatre.outside.answers.pop(f"{stage.url}/chat/completions")
    stage.delete("Pod", first)
    wait_until("a new pod", lambda: first not in [each["metadata"]["name"] for each in stage.pods()], seconds=60)
    stage.play_ready(stage.pod())
    stage.wait_for("Ready", "False", "EndpointNotAnswering")


def test_a_provider_from_a_missing_key_to_serving(stage: Stage) -> None:
    url, secret = f"http://{stage.name}.provider.example/v1", f"{stage.name}-key"
    key = {"apiKeySecretRef": {"name": secret, "key": "token"}}
    stage.apply(source={"provider": {"baseURL": url, "model": "big-1", **key}})
    stage.wait_for("Ready", "False", "ProviderUnauthorized", f"no Secret {secret}")
    stage.make("Secret", secret, stringData={"other": "x"})
    stage.look_again()
    stage.wait_for("Ready", "False", "ProviderUnauthorized", "no key token")
    stage.theatre.outside.answers[f"{url}/models"] = (401, {"error": {"message": "bad key sk-hidden"}})
    stage.make("Secret", secret, stringData={"token": "sk-hidden\n"})
    stage.look_again()
    stage.wait_for("Ready", "False", "ProviderUnauthorized", "status 401")
    stage.theatre.outside.serve_model(url, "big-1")
    stage.wait_for("Ready", "True", "Serving")
    status = stage.status()
    assert (status["url"], status["servedName"]) == (url, "big-1")
    assert status["revisions"]["active"]
    assert "sk-hidden" not in str(stage.get("FoundationModel"))
    assert stage.children() == {}


def test_what_asks_for_a_gateway_without_one_is_told_to_be_of_no_use(stage: Stage) -> None:
    stage.apply(source={"provider": {"baseURL": f"http://{stage.name}.open.example/v1", "model": "m"}})
    stage.wait_for("Ready", "False", "ProviderUnreachable")
    assert "Routed" not in stage.conditions()
    stage.apply(
        source={"provider": {"baseURL": f"http://{stage.name}.open.example/v1", "model": "m"}},
        guardrails=[{"name": "toxicity", "detector": "Toxicity"}],
    )
    own = Stage(stage.theatre, stage.namespace, f"{stage.name}-own")
    own.apply(balancing={"strategy": "PrefixAffinity"})
    for each in (stage, own):
        each.wait_for("Routed", "False", "GatewayMissing", "there is no gateway")


def test_a_provider_that_is_away(stage: Stage) -> None:
    stage.apply(source={"provider": {"baseURL": f"http://{stage.name}.away.example/v1", "model": "m"}})
    stage.wait_for("Ready", "False", "ProviderUnreachable", "status 502")


def test_an_engine_that_somebody_else_runs(stage: Stage) -> None:
    root = f"http://{stage.name}.other.svc:8000"
    stage.theatre.outside.serve_model(f"{root}/v1", "theirs")
    stage.apply(source={"service": {"url": root, "model": "theirs"}})
    stage.wait_for("Ready", "True", "Serving")
    assert stage.status()["url"] == f"{root}/v1"
