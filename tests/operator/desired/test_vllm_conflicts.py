"""extraArgs, env and resources that fight a field or the operator: each is named with its owner."""

from typing import Any

import pytest

from fmops_operator.desired.vllm_conflicts import OWNERS, conflicts, owned
from tests.operator.model_samples import model


@pytest.mark.parametrize(
    ("arguments", "flag", "owner"),
    [
        pytest.param(["--max-model-len=4096"], "--max-model-len", "engine.contextLength", id="flag and value in one"),
        pytest.param(["--max-model-len", "4096"], "--max-model-len", "engine.contextLength", id="flag, then value"),
        pytest.param(["--max_model_len=4096"], "--max_model_len", "engine.contextLength", id="underscores for dashes"),
        pytest.param(["--max-model=4096"], "--max-model", "engine.contextLength", id="the beginning of a flag"),
        pytest.param(["-tp", "2"], "-tp", "engine.parallelism.tensor", id="a short name"),
        pytest.param(["-q=awq"], "-q", "engine.quantization", id="a short name with its value"),
        pytest.param(["--no-enable-auto-tool-choice"], "--no-enable-auto-tool-choice", "toolCalling", id="a negation"),
        pytest.param(["--device-memory-utilization=1"], "--device-memory", "engine.memoryFraction", id="an alias"),
        pytest.param(["--served-model-name=a"], "--served-model-name", "metadata.name", id="the served name"),
        pytest.param(["--port=9000"], "--port", "the operator", id="the port"),
        pytest.param(["--api-key=x"], "--api-key", "without a key", id="a key that the operator does not have"),
        pytest.param(["--seed=1", "--dtype=half"], "--dtype", "engine.dtype", id="not only the first argument"),
        pytest.param(["model"], "'model'", "source", id="a second model"),
    ],
)
def test_an_argument_that_somebody_owns(arguments: list[str], flag: str, owner: str) -> None:
    found = conflicts(model({"engine": {"extraArgs": arguments}}))
    assert len(found) == 1
    assert flag in found[0]
    assert owner in found[0]


@pytest.mark.parametrize("flag", sorted(OWNERS))
def test_every_owned_flag_is_found_in_both_spellings(flag: str) -> None:
    assert owned(flag) == (flag, OWNERS[flag])
    assert owned(f"{flag}=value") == (flag, OWNERS[flag])


@pytest.mark.parametrize(
    "argument",
    [
        "--enforce-eager",
        "--kv-cache-memory-bytes=512M",
        "--model-impl=vllm",
        "--chat-template-content-format=openai",
        "--quantization-config={}",
        "--reasoning-parser-plugin=x",
        "--config=/a",
        "-O3",
        "--",
        "1.5",
    ],
)
def test_an_argument_that_nobody_owns(argument: str) -> None:
    assert owned(argument) is None


def test_every_conflict_is_named_at_once() -> None:
    assert len(conflicts(model({"engine": {"extraArgs": ["--port=1", "--dtype=half"]}}))) == 2


@pytest.mark.parametrize(
    ("spec", "named", "owner"),
    [
        pytest.param(
            {"engine": {"env": [{"name": "VLLM_API_KEY", "value": "x"}]}}, "VLLM_API_KEY", "operator", id="a key by env"
        ),
        pytest.param(
            {"engine": {"env": [{"name": "VLLM_ENGINE_READY_TIMEOUT_S", "value": "1"}]}},
            "VLLM_ENGINE_READY_TIMEOUT_S",
            "startup.timeout",
            id="the time to start by env",
        ),
        pytest.param(
            {
                "source": {"huggingFace": {"repo": "o/m", "tokenSecretRef": {"name": "s", "key": "k"}}},
                "engine": {"env": [{"name": "HF_TOKEN", "value": "x"}]},
            },
            "HF_TOKEN",
            "tokenSecretRef",
            id="two tokens",
        ),
        pytest.param(
            {"resources": {"limits": {"nvidia.com/gpu": 1}}}, "nvidia.com/gpu", "accelerator.count", id="two counts"
        ),
    ],
)
def test_what_else_is_set_twice(spec: dict[str, Any], named: str, owner: str) -> None:
    found = conflicts(model(spec))
    assert len(found) == 1
    assert named in found[0]
    assert owner in found[0]


def test_a_variable_for_a_token_is_fine_where_no_field_gives_one() -> None:
    spec = {"source": {"huggingFace": {"repo": "o/m"}}, "engine": {"env": [{"name": "HF_TOKEN", "value": "x"}]}}
    assert conflicts(model(spec)) == []
