"""The engine's command line and environment, row by row."""

from typing import Any

import pytest

from fmops_operator.desired.vllm import answering_args, env, extra_args, image, model_path, operating_args
from fmops_operator.settings import Settings
from tests.operator.model_samples import IMAGES, REPOSITORY, model

GPU = {"accelerator": {"vendor": "Nvidia", "count": 4}}


def arguments(spec: dict[str, Any]) -> list[str]:
    found = model(spec)
    return [*answering_args(found), *operating_args(found), *extra_args(found)]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        pytest.param({}, "/models/small", id="weights on a volume are a path below /models"),
        pytest.param({"source": REPOSITORY}, "org/model", id="a repository is named as it is"),
        pytest.param({"source": REPOSITORY}, "--revision=main", id="a repository has a revision"),
        pytest.param({}, "--served-model-name=small", id="it serves under the model's name"),
        pytest.param({}, "--port=8000", id="it listens where the Service points"),
        pytest.param({}, "--max-model-len=auto", id="a context length that is left out is fitted"),
        pytest.param({"engine": {"contextLength": 8192}}, "--max-model-len=8192", id="a context length is passed on"),
        pytest.param({"engine": {"dtype": "BFloat16"}}, "--dtype=bfloat16", id="dtype BFloat16"),
        pytest.param({"engine": {"dtype": "Float16"}}, "--dtype=float16", id="dtype Float16"),
        pytest.param({"engine": {"dtype": "Float32"}}, "--dtype=float32", id="dtype Float32"),
        pytest.param({"engine": {"quantization": "fp8"}}, "--quantization=fp8", id="a quantisation"),
        pytest.param({"resources": GPU}, "--tensor-parallel-size=4", id="tensor over all accelerators by default"),
        pytest.param(
            {"resources": GPU, "engine": {"parallelism": {"tensor": 2, "pipeline": 2}}},
            "--pipeline-parallel-size=2",
            id="parallelism as asked for",
        ),
        pytest.param({"engine": {"memoryFraction": "0.85"}}, "--gpu-memory-utilization=0.85", id="a memory fraction"),
        pytest.param({"engine": {"maxConcurrentSequences": 9}}, "--max-num-seqs=9", id="concurrent sequences"),
        pytest.param({}, "--max-num-queued-reqs=512", id="the queue has an end by default"),
        pytest.param({"engine": {"maxQueuedRequests": 3}}, "--max-num-queued-reqs=3", id="the queue's end"),
        pytest.param(
            {"engine": {"chatTemplate": {"configMapKeyRef": {"name": "t", "key": "k"}}}},
            "--chat-template=/etc/fmops/chat-template/template.jinja",
            id="a chat template is read from its mount",
        ),
        pytest.param(
            {"engine": {"toolCalling": {"parser": "hermes"}}}, "--enable-auto-tool-choice", id="tool calling is enabled"
        ),
        pytest.param(
            {"engine": {"toolCalling": {"parser": "hermes"}}}, "--tool-call-parser=hermes", id="and has its parser"
        ),
        pytest.param(
            {"engine": {"reasoning": {"parser": "qwen3"}}}, "--reasoning-parser=qwen3", id="a reasoning parser"
        ),
        pytest.param({}, "--shutdown-timeout=45", id="running requests end before the engine does"),
        pytest.param(
            {}, "--disable-access-log-for-endpoints=/health,/metrics,/ping", id="probes do not fill the access log"
        ),
        pytest.param({"task": "Chat"}, "--runner=generate", id="Chat generates"),
        pytest.param({"task": "Transcription"}, "--runner=generate", id="Transcription generates"),
        pytest.param({"task": "Embedding"}, "--runner=pooling", id="Embedding pools"),
        pytest.param({"task": "Rerank"}, "--convert=classify", id="Rerank classifies pairs"),
        pytest.param({"task": "Classification"}, "--convert=classify", id="Classification classifies"),
    ],
)
def test_an_argument(spec: dict[str, Any], wanted: str) -> None:
    assert wanted in arguments(spec)


@pytest.mark.parametrize(
    ("spec", "unwanted"),
    [
        pytest.param({}, "--revision", id="a volume has no revision"),
        pytest.param({}, "--dtype", id="dtype Auto is the engine's own choice"),
        pytest.param({}, "--tensor-parallel-size", id="one part is not cut"),
        pytest.param({"task": "Embedding"}, "--convert", id="an embedder says by itself how it converts"),
        pytest.param({}, "--gpu-memory-utilization", id="the engine's own fraction stays"),
    ],
)
def test_an_argument_that_is_left_out(spec: dict[str, Any], unwanted: str) -> None:
    assert not [argument for argument in arguments(spec) if argument.startswith(unwanted)]


def test_extra_arguments_come_last_and_as_they_are() -> None:
    assert arguments({"engine": {"extraArgs": ["--seed", "7"]}})[-2:] == ["--seed", "7"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param(None, "/models", id="no path is the volume's root"),
        pytest.param("a/b", "/models/a/b", id="a folder in a folder"),
        pytest.param("./a//b/", "/models/a/b", id="a path is tidied"),
    ],
)
def test_the_folder_of_the_weights(path: str | None, wanted: str) -> None:
    source = {"persistentVolumeClaim": {"claimName": "w", **({"path": path} if path else {})}}
    assert model_path(model({"source": source})) == wanted


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        pytest.param({}, "vllm/cpu:1", id="the CPU where nothing is asked for"),
        pytest.param(
            {"resources": {"accelerator": {"vendor": "None"}}}, "vllm/cpu:1", id="the CPU where it is asked for"
        ),
        pytest.param({"resources": {"accelerator": {"vendor": "Nvidia"}}}, "vllm/nvidia:1", id="Nvidia"),
        pytest.param({"resources": {"accelerator": {"vendor": "Amd"}}}, "vllm/amd:1", id="AMD"),
        pytest.param({"engine": {"image": "own:1"}}, "own:1", id="the model's own"),
    ],
)
def test_the_image(spec: dict[str, Any], wanted: str) -> None:
    assert image(model(spec), IMAGES) == wanted


def variables(spec: dict[str, Any], settings: Settings | None = None) -> dict[str, Any]:
    entries = env(model(spec), settings or Settings())
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}


def test_local_weights_are_never_looked_for_on_the_web() -> None:
    assert variables({})["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in variables({"source": REPOSITORY})


def test_the_token_is_a_reference_and_never_a_value() -> None:
    source = {"huggingFace": {"repo": "org/model", "tokenSecretRef": {"name": "hf", "key": "token"}}}
    assert variables({"source": source})["HF_TOKEN"] == {"secretKeyRef": {"name": "hf", "key": "token"}}


def test_a_mirror_is_told_to_the_engine_and_the_hub_itself_is_not() -> None:
    mirror = Settings(hub_url="https://mirror.example/")
    assert variables({"source": REPOSITORY}, mirror)["HF_ENDPOINT"] == "https://mirror.example"
    assert "HF_ENDPOINT" not in variables({"source": REPOSITORY})
    assert "HF_ENDPOINT" not in variables({}, mirror)


def test_the_time_to_start_is_the_engine_s_own_limit_too() -> None:
    assert variables({"startup": {"timeout": "1h30m"}})["VLLM_ENGINE_READY_TIMEOUT_S"] == "5400"


@pytest.mark.parametrize(
    ("limits", "threads"),
    [
        pytest.param({"cpu": 4}, "4", id="as many threads as cores"),
        pytest.param({"cpu": "3500m"}, "3", id="a part of a core has no thread"),
        pytest.param({"cpu": "200m"}, "1", id="at least one thread"),
        pytest.param({}, None, id="no limit, no number"),
    ],
)
def test_threads_on_the_cpu(limits: dict[str, Any], threads: str | None) -> None:
    found = variables({"resources": {"limits": limits}})
    assert found.get("OMP_NUM_THREADS") == threads
    assert found["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"


def test_an_accelerator_needs_none_of_the_settings_for_the_cpu() -> None:
    assert not [name for name in variables({"resources": GPU}) if name.startswith(("VLLM_CPU", "OMP"))]


def test_the_model_s_own_variables_win_by_name() -> None:
    own = [{"name": "HOME", "value": "/cache/home"}, {"name": "MORE", "value": "1"}]
    found = variables({"engine": {"env": own}})
    assert (found["HOME"], found["MORE"]) == ("/cache/home", "1")
