"""Reads an encoder of the BERT family from a folder as Hugging Face's libraries write it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fmops_serving.guard.tokens import OVERLAP, read_config

Floats = npt.NDArray[np.float32]
_FILES = ("config.json", "model.safetensors", "tokenizer.json")
_WANTED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}


LEAST_TOKENS = 2 * OVERLAP
"""Below which pieces of a long text would be hardly more than what they have in common."""


class BadEncoder(Exception):  # noqa: N818 - it says what is the case
    """A folder that holds no encoder that can be used; the message names what is wrong."""


class Linear(NamedTuple):
    """A weight of shape (in, out) and a bias of shape (out)."""

    weight: Floats
    bias: Floats


class Layer(NamedTuple):
    """One layer. `attention` makes queries, keys and values beside each other: (hidden, 3 · hidden)."""

    attention: Linear
    attended: Linear
    attention_norm: Linear
    widened: Linear
    narrowed: Linear
    norm: Linear


@dataclass(frozen=True)
class Encoder:
    """Weights and sizes. `places`, (positions, hidden), has the vector of the first segment in each position's."""

    folder: Path
    config: Mapping[str, Any]
    words: Floats
    places: Floats
    norm: Linear
    layers: Sequence[Layer]
    heads: int
    epsilon: float

    @property
    def digest(self) -> str:
        """The SHA-256 of the file of its weights, in hexadecimal digits."""
        with (self.folder / "model.safetensors").open("rb") as weights:
            return hashlib.file_digest(weights, "sha256").hexdigest()

    @property
    def hidden(self) -> int:
        """Numbers that a token has."""
        return int(self.words.shape[1])


def read_encoder(folder: Path) -> Encoder:
    """Read it; raises BadEncoder for what is missing or of another family."""
    for name in _FILES:
        if not (folder / name).is_file():
            raise BadEncoder(f"{folder} has no {name}: an encoder's folder holds {', '.join(_FILES)}")
    config = _config(folder)
    weights = _Weights(folder)
    try:
        return _encoder(folder, config, weights)
    except KeyError as error:
        raise BadEncoder(f"{folder}/model.safetensors has no {error.args[0]}: it is no BERT encoder") from None


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        config = read_config(folder)
    except ValueError as error:
        raise BadEncoder(str(error)) from None
    for field, wanted in _WANTED.items():
        if (found := config.get(field, "absolute" if field == "position_embedding_type" else None)) != wanted:
            raise BadEncoder(f"{folder}/config.json has {field} {found!r}: encoders with {wanted!r} are read")
    for field in ("num_hidden_layers", "num_attention_heads", "max_position_embeddings"):
        if not isinstance(config.get(field), int):
            raise BadEncoder(f"{folder}/config.json has {field} {config.get(field)!r}: it is to be a number")
    if (positions := config["max_position_embeddings"]) <= LEAST_TOKENS:
        raise BadEncoder(
            f"{folder}/config.json: {positions} tokens at once are too few: more than {LEAST_TOKENS} are needed"
        )
    return config


class _Weights:
    """The file of weights by name, as 32-bit floats; models for a task have their encoder under `bert.`."""

    def __init__(self, folder: Path) -> None:
        from safetensors import SafetensorError  # noqa: PLC0415 - only for who trains
        from safetensors.numpy import load_file  # noqa: PLC0415

        try:
            self._found = load_file(folder / "model.safetensors")
        except (SafetensorError, TypeError, KeyError) as error:
            raise BadEncoder(f"{folder}/model.safetensors cannot be read: {error}") from None

    def __getitem__(self, name: str) -> Floats:
        found = self._found.get(name, self._found.get(f"bert.{name}"))
        if found is None:
            raise KeyError(name)
        return np.asarray(found, np.float32)

    def linear(self, name: str) -> Linear:
        """Torch keeps weights as (out, in)."""
        return Linear(self[f"{name}.weight"].T, self[f"{name}.bias"])

    def norm(self, name: str) -> Linear:
        """Scale and shift, both of shape (hidden)."""
        return Linear(self[f"{name}.weight"], self[f"{name}.bias"])


def _encoder(folder: Path, config: Mapping[str, Any], weights: _Weights) -> Encoder:
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    words, heads = weights["embeddings.word_embeddings.weight"], config["num_attention_heads"]
    if len(places) < config["max_position_embeddings"]:
        raise BadEncoder(f"{folder}/model.safetensors has {len(places)} positions, config.json says more")
    if heads < 1 or words.shape[1] % heads:
        raise BadEncoder(f"{folder}/config.json: {heads} heads cannot share the {words.shape[1]} numbers of a token")
    return Encoder(
        folder=folder,
        config=config,
        words=words,
        places=places,
        norm=weights.norm("embeddings.LayerNorm"),
        layers=[_layer(weights, f"encoder.layer.{number}") for number in range(config["num_hidden_layers"])],
        heads=heads,
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
    )


def _layer(weights: _Weights, name: str) -> Layer:
    parts = [weights.linear(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        attention=Linear(np.concatenate([p.weight for p in parts], axis=1), np.concatenate([p.bias for p in parts])),
        attended=weights.linear(f"{name}.attention.output.dense"),
        attention_norm=weights.norm(f"{name}.attention.output.LayerNorm"),
        widened=weights.linear(f"{name}.intermediate.dense"),
        narrowed=weights.linear(f"{name}.output.dense"),
        norm=weights.norm(f"{name}.output.LayerNorm"),
    )
