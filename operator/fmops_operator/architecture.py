"""What sizing reads out of a model's config.json: a typed reading of a file that others write in many dialects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_BYTES = {"float32": 4.0, "float": 4.0, "bfloat16": 2.0, "float16": 2.0, "half": 2.0}


@dataclass(frozen=True)
class Architecture:
    """The shape of a transformer, as far as its memory depends on it."""

    name: str | None
    layers: int
    attention_heads: int
    kv_heads: int
    head_size: int
    latent_size: int | None
    """Size of the compressed keys and values of one token and layer (MLA); None with ordinary attention."""
    longest_context: int | None
    dtype: str | None
    quantization: str | None

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> Self | None:
        """Read config.json; None when it does not say what the arithmetic needs."""
        if config is None:
            return None
        text = _text_part(config)
        heads, layers = _whole(text, "num_attention_heads", "n_head"), _whole(text, "num_hidden_layers", "n_layer")
        width = _whole(text, "hidden_size", "n_embd", "d_model")
        if not heads or not layers or not width:
            return None
        return cls(
            name=_first_name(config),
            layers=layers,
            attention_heads=heads,
            kv_heads=_whole(text, "num_key_value_heads", "num_kv_heads") or heads,
            head_size=_whole(text, "head_dim") or width // heads,
            latent_size=_latent(text),
            longest_context=_whole(text, "max_position_embeddings", "n_positions", "max_seq_len"),
            dtype=_dtype(config) or _dtype(text),
            quantization=_quantization(config) or _quantization(text),
        )

    @property
    def dtype_bytes(self) -> float:
        """Bytes of one number in the format that the checkpoint names; two when it names none."""
        return _BYTES.get(self.dtype or "", 2.0)


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = config.get("text_config") or config.get("llm_config")
    return {**config, **inner} if isinstance(inner, Mapping) else config


def _whole(config: Mapping[str, Any], *names: str) -> int | None:
    found = (config.get(name) for name in names)
    return next(
        (value for value in found if isinstance(value, int) and not isinstance(value, bool) and value > 0), None
    )


def _first_name(config: Mapping[str, Any]) -> str | None:
    names = config.get("architectures")
    return str(names[0])[:200] if isinstance(names, list) and names else None


def _latent(config: Mapping[str, Any]) -> int | None:
    rank = _whole(config, "kv_lora_rank")
    return rank + (_whole(config, "qk_rope_head_dim") or 0) if rank else None


def _dtype(config: Mapping[str, Any]) -> str | None:
    found = config.get("dtype") or config.get("torch_dtype")
    return found.removeprefix("torch.")[:64] if isinstance(found, str) else None


def _quantization(config: Mapping[str, Any]) -> str | None:
    found = config.get("quantization_config")
    return str(found.get("quant_method", "unknown"))[:64] if isinstance(found, Mapping) else None
