"""The memory arithmetic, held against the figures of facts that are known by other means."""

from dataclasses import replace
from typing import Any

import pytest

from fmops_operator.architecture import Architecture
from fmops_operator.sizing import GIB, Demand, Room, fewest_accelerators, kv_per_token, needed, size
from fmops_operator.sizing_demand import Weights, demand_of, room_of
from tests.operator.model_samples import model

LLAMA_8B = {"num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096}
LLAMA_70B = {"num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "hidden_size": 8192}
QWEN_32B = {"num_hidden_layers": 64, "num_attention_heads": 40, "num_key_value_heads": 8, "hidden_size": 5120}
LLAMA_405B = {"num_hidden_layers": 126, "num_attention_heads": 128, "num_key_value_heads": 8, "hidden_size": 16384}
DEEPSEEK_V3 = {
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "hidden_size": 7168,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
}
TINY = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_size": 128}


def demand(config: dict[str, Any], parameters: float, each: float = 2.0, context: int | None = 8192) -> Demand:
    return Demand(parameters * each, Architecture.of({**config, "torch_dtype": "bfloat16"}), context)


@pytest.mark.parametrize(
    ("demand", "gigabytes", "accelerators"),
    [
        pytest.param(demand(LLAMA_8B, 8.03e9), 24, 1, id="8B in 16 bit with 8k context on 24 GiB is one"),
        pytest.param(demand(LLAMA_8B, 8.03e9, context=32768), 24, 2, id="8B with 32k context on 24 GiB is two"),
        pytest.param(demand(LLAMA_70B, 70.6e9), 80, 4, id="70B in 16 bit on 80 GiB is four: two leave too little"),
        pytest.param(demand(LLAMA_70B, 70.6e9, 1.0, 32768), 80, 2, id="70B in 8 bit with 32k on 80 GiB is two"),
        pytest.param(demand(QWEN_32B, 32.8e9, context=32768), 80, 2, id="32B in 16 bit with 32k on 80 GiB is two"),
        pytest.param(demand(LLAMA_405B, 405.9e9), 80, 16, id="405B in 16 bit on 80 GiB is eight times two"),
        pytest.param(demand(LLAMA_405B, 405.9e9), 8, None, id="405B on 8 GiB is more than 64"),
    ],
)
def test_the_fewest_accelerators(demand: Demand, gigabytes: int, accelerators: int | None) -> None:
    assert fewest_accelerators(demand, Room(gigabytes * GIB)) == accelerators


@pytest.mark.parametrize(
    ("config", "room", "kibibytes"),
    [
        pytest.param(LLAMA_8B, Room(None), 128, id="8B: 2 * 32 layers * 8 heads * 128 * 2 bytes"),
        pytest.param(LLAMA_8B, Room(None, tensor=4), 32, id="heads are divided by tensor"),
        pytest.param(LLAMA_8B, Room(None, tensor=16), 16, id="a head is never divided"),
        pytest.param(LLAMA_8B, Room(None, pipeline=3), 44, id="layers are divided by pipeline, rounded up"),
        pytest.param(DEEPSEEK_V3, Room(None), 68.625, id="MLA: 61 layers * 576 * 2 bytes"),
        pytest.param(DEEPSEEK_V3, Room(None, tensor=8), 68.625, id="MLA is not divided by tensor"),
        pytest.param(TINY, Room(None), 0.5, id="a tiny model of 32 bit weights halves in 16 bit"),
    ],
)
def test_the_memory_of_one_token(config: dict[str, Any], room: Room, kibibytes: float) -> None:
    assert kv_per_token(demand(config, 1.0), room) == kibibytes * 1024


def test_the_tiny_model_s_token_is_what_the_engine_logged() -> None:
    # Measured: 1 GiB of cache held 1,048,576 tokens of this float32 model.
    assert kv_per_token(replace(demand(TINY, 1.0), kv_bytes=4.0), Room(None)) == 1024


def test_the_sum_stands_in_the_message() -> None:
    found = size(demand(LLAMA_8B, 8e9, context=32768), Room(24 * GIB))
    assert found.fits is False
    assert found.message == (
        "does not fit (by this sum 2 would hold it): weights 15.2Gi * 1.05 + 2.3Gi runtime + 4Gi for 32768 tokens of "
        "context = 22.3Gi, and 24Gi * 0.92 = 22.1Gi is there for each"
    )


def test_each_of_several_accelerators_holds_its_share() -> None:
    found = size(demand(LLAMA_70B, 70.6e9), Room(80 * GIB, tensor=4))
    assert found.fits is True
    assert "weights 134.1Gi / 4" in found.message
    assert found.accelerators == 4


@pytest.mark.parametrize(
    ("demand", "room", "fits", "words"),
    [
        pytest.param(Demand(None, None, None), Room(GIB), None, "card.parameters", id="no weights, no estimate"),
        pytest.param(Demand(8e9, None, None), Room(None), None, "accelerator.memory", id="no memory, no estimate"),
        pytest.param(
            Demand(8e9, None, None), Room(24 * GIB), None, "config.json", id="weights fit, context is unknown"
        ),
        pytest.param(Demand(80e9, None, None), Room(24 * GIB), False, "does not fit", id="weights alone do not fit"),
    ],
)
def test_what_is_not_known_is_said(demand: Demand, room: Room, fits: bool | None, words: str) -> None:
    found = size(demand, room)
    assert found.fits is fits
    assert words in found.message


def test_a_context_that_the_engine_may_fit_counts_little() -> None:
    fitted = demand(LLAMA_8B, 8e9, context=None)
    assert needed(fitted, Room(GIB)) == needed(replace(fitted, context=2048), Room(GIB))


@pytest.mark.parametrize(
    ("spec", "weights", "gigabytes"),
    [
        pytest.param({}, Weights(bytes=16 * GIB), 16, id="the files' sizes count as they are"),
        pytest.param({"card": {"parameters": "8B"}}, Weights(), 16e9 / GIB, id="the card's count, two bytes each"),
        pytest.param(
            {"card": {"parameters": "8B"}, "engine": {"quantization": "fp8"}},
            Weights(),
            8e9 / GIB,
            id="one byte in fp8",
        ),
        pytest.param(
            {"card": {"parameters": "8B"}, "engine": {"quantization": "awq"}},
            Weights(),
            8e9 * 0.56 / GIB,
            id="half a byte and its scales in four bits",
        ),
        pytest.param(
            {"card": {"parameters": "8B"}}, Weights(bytes=15 * GIB), 15, id="what was measured counts before the card"
        ),
        pytest.param(
            {"engine": {"quantization": "fp8"}},
            Weights(bytes=16 * GIB, parameters=8 * GIB),
            8,
            id="a checkpoint that is quantised while it is loaded shrinks",
        ),
        pytest.param(
            {"engine": {"dtype": "Float32"}},
            Weights(bytes=16 * GIB, architecture=Architecture.of({**LLAMA_8B, "dtype": "bfloat16"})),
            32,
            id="16 bit weights loaded as 32 bit double",
        ),
        pytest.param({}, Weights(), None, id="nothing known, nothing invented"),
    ],
)
def test_the_size_of_the_weights(spec: dict[str, Any], weights: Weights, gigabytes: float | None) -> None:
    found = demand_of(model(spec), weights).weight_bytes
    assert found == (None if gigabytes is None else pytest.approx(gigabytes * GIB))


GPU = {"vendor": "Nvidia", "count": 4, "memory": "24Gi"}


@pytest.mark.parametrize(
    ("spec", "room"),
    [
        pytest.param({"resources": {"accelerator": GPU}}, Room(24 * GIB, 0.92, 4, 1), id="tensor over all by default"),
        pytest.param(
            {
                "resources": {"accelerator": GPU},
                "engine": {"parallelism": {"tensor": 2, "pipeline": 2}, "memoryFraction": "0.8"},
            },
            Room(24 * GIB, 0.8, 2, 2),
            id="cut and fraction as asked for",
        ),
        pytest.param(
            {"resources": {"limits": {"memory": "4Gi"}}}, Room(4 * GIB, 1.0), id="the container's limit on a CPU"
        ),
        pytest.param({}, Room(None, 1.0), id="no limit, no room known"),
    ],
)
def test_the_room(spec: dict[str, Any], room: Room) -> None:
    assert room_of(model(spec)) == room


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        pytest.param(None, None, id="no file"),
        pytest.param({}, None, id="an empty file"),
        pytest.param({"num_hidden_layers": "many"}, None, id="nonsense"),
        pytest.param({"text_config": LLAMA_8B, "architectures": ["Vision"]}, ("Vision", 32, 8, 128), id="a text part"),
        pytest.param(LLAMA_8B, (None, 32, 8, 128), id="head size from the width"),
        pytest.param({**LLAMA_8B, "head_dim": 64}, (None, 32, 8, 64), id="head size as written"),
        pytest.param({"n_layer": 12, "n_head": 12, "n_embd": 768}, (None, 12, 12, 64), id="GPT-2's own names"),
    ],
)
def test_reading_config_json(config: dict[str, Any] | None, wanted: tuple[str | None, int, int, int] | None) -> None:
    found = Architecture.of(config)
    assert (found and (found.name, found.layers, found.kv_heads, found.head_size)) == wanted
