"""A small BERT with random weights as a folder, and what it says by the formulas of its paper, in numpy."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from scipy.special import erf
from tokenizers import Tokenizer, models, pre_tokenizers, processors

HIDDEN, HEADS, WIDE, LAYERS, PLACES = 16, 4, 24, 3, 80
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
ABUSE, PRAISE, REST = (
    ("stupid", "awful", "liar"),
    ("kind", "clever", "friend"),
    ("the", "house", "is", "near", "far", "red"),
)
WORDS = [*SPECIAL, "you", "are", "a", *ABUSE, *PRAISE, *REST]
CONFIG: Mapping[str, Any] = {
    "_name_or_path": "small-random",
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "max_position_embeddings": PLACES,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
Floats = npt.NDArray[np.float32]


def weights(seed: int = 7) -> dict[str, Floats]:
    """Give weights by the names that Hugging Face's BertModel has."""
    random = np.random.default_rng(seed)

    def some(*shape: int) -> Floats:
        return random.normal(0, 0.4, shape).astype(np.float32)

    made: dict[str, Floats] = {
        "embeddings.word_embeddings.weight": some(len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": some(PLACES, HIDDEN),
        "embeddings.token_type_embeddings.weight": some(2, HIDDEN),
        **_norm("embeddings.LayerNorm", some),
    }
    # What words of abuse have in common, so that there is something to learn.
    made["embeddings.word_embeddings.weight"][[WORDS.index(word) for word in ABUSE], :3] += 3
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            made |= {f"{name}.{part}.weight": some(HIDDEN, HIDDEN), f"{name}.{part}.bias": some(HIDDEN)}
        made |= {f"{name}.intermediate.dense.weight": some(WIDE, HIDDEN), f"{name}.intermediate.dense.bias": some(WIDE)}
        made |= {f"{name}.output.dense.weight": some(HIDDEN, WIDE), f"{name}.output.dense.bias": some(HIDDEN)}
        made |= _norm(f"{name}.attention.output.LayerNorm", some) | _norm(f"{name}.output.LayerNorm", some)
    return made


def write_bert(folder: Path, config: Mapping[str, Any] = CONFIG, prefix: str = "") -> Path:
    """Write the folder of an encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    save_file({f"{prefix}{name}": value for name, value in weights().items()}, folder / "model.safetensors")
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def means(ids: Sequence[int]) -> Sequence[Floats]:
    """Give the mean over one text's tokens at each layer."""
    by = weights()
    states = by["embeddings.word_embeddings.weight"][list(ids)]
    states = states + by["embeddings.position_embeddings.weight"][: len(ids)]
    states = _normed(states + by["embeddings.token_type_embeddings.weight"][0], by, "embeddings.LayerNorm")
    found = []
    for number in range(LAYERS):
        states = _layer(states, by, f"encoder.layer.{number}")
        found.append(states.mean(axis=0))
    return found


def _layer(states: Floats, by: Mapping[str, Floats], name: str) -> Floats:
    size = HIDDEN // HEADS
    query, key, value = (_dense(states, by, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
    mixed = np.empty_like(states)
    for head in range(HEADS):
        own = slice(head * size, (head + 1) * size)
        products = np.exp(query[:, own] @ key[:, own].T / np.sqrt(size))
        mixed[:, own] = products / products.sum(axis=1, keepdims=True) @ value[:, own]
    attended = _dense(mixed, by, f"{name}.attention.output.dense")
    between = _normed(states + attended, by, f"{name}.attention.output.LayerNorm")
    wide = _dense(between, by, f"{name}.intermediate.dense")
    narrowed = _dense(wide * (1 + erf(wide / np.sqrt(2))) / 2, by, f"{name}.output.dense")
    return _normed(between + narrowed, by, f"{name}.output.LayerNorm")


def _dense(given: Floats, by: Mapping[str, Floats], name: str) -> Floats:
    return given @ by[f"{name}.weight"].T + by[f"{name}.bias"]


def _normed(given: Floats, by: Mapping[str, Floats], name: str) -> Floats:
    centred = given - given.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + CONFIG["layer_norm_eps"])
    return np.asarray(scaled * by[f"{name}.weight"] + by[f"{name}.bias"], np.float32)


def _norm(name: str, some: Any) -> dict[str, Floats]:
    return {f"{name}.weight": 1 + some(HIDDEN), f"{name}.bias": some(HIDDEN)}
