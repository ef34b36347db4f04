"""How much accelerator memory a model needs: arithmetic, never a measurement. Pure.

    weights per part = bytes / (tensor * pipeline) * 1.02 * 1.05
    keys and values  = 2 * ceil(layers / pipeline) * max(1, kv_heads / tensor) * head_size * bytes, for one token
                       (MLA: ceil(layers / pipeline) * latent_size * bytes, not divided by tensor)
    need             = weights + 2.3 GiB + keys and values * context; it fits below memory * memoryFraction

The constants are KAITO's estimator's: 2 % for what is loaded beside the weights, 5 % for fragmentation, 2.3 GiB for
activations, graphs and the runtime.
"""

import math
from dataclasses import dataclass, replace

from fmops_api.scalars import binary_size
from fmops_operator.architecture import Architecture

GIB = 2**30
RUNTIME_BYTES = 2.3 * GIB
LOADED, FRAGMENTED = 1.02, 1.05
LEAST_CONTEXT = 2048
"""Context that is counted where the engine fits it to what is left."""
_ON_ONE_NODE = 8

_BYTES_PER_PARAMETER = {"fp8": 1.0, "int8": 1.0, "w8a8": 1.0, "int4": 0.56, "awq": 0.56, "gptq": 0.56, "nvfp4": 0.56}


@dataclass(frozen=True)
class Demand:
    """What has to fit: sizes in bytes, as far as they are known."""

    weight_bytes: float | None
    architecture: Architecture | None
    context: int | None
    """Context length that is asked for; None when the engine may fit it."""
    kv_bytes: float = 2.0
    """Bytes of one number among keys and values."""
    basis: str = ""
    """What the size of the weights rests on, for people."""


@dataclass(frozen=True)
class Room:
    """What it has to fit in."""

    memory: float | None
    """Bytes of one accelerator, or of the container on the CPU; None when nobody said."""
    fraction: float = 0.92
    tensor: int = 1
    pipeline: int = 1


@dataclass(frozen=True)
class Sizing:
    """What the arithmetic came to; `fits` is None when too little is known, and `message` says what."""

    fits: bool | None
    message: str
    weight_bytes: float | None = None
    kv_bytes_per_token: float | None = None
    accelerators: int | None = None


def bytes_per_parameter(dtype: str | None, quantization: str | None) -> float:
    """Give the bytes of one parameter in memory; two where nothing is known, as most checkpoints are 16 bit."""
    if quantization:
        known = (size for name, size in _BYTES_PER_PARAMETER.items() if name in quantization.lower())
        return next(known, 1.0)
    return 4.0 if dtype == "float32" else 2.0


def size(demand: Demand, room: Room) -> Sizing:
    """Say whether the model fits, how much it needs, and how many accelerators of that memory would hold it."""
    if demand.weight_bytes is None:
        return Sizing(None, "the size of the weights is not known: give card.parameters, such as 8B")
    known = Sizing(
        None,
        "",
        weight_bytes=demand.weight_bytes * LOADED,
        kv_bytes_per_token=kv_per_token(demand, replace(room, tensor=1, pipeline=1)),
    )
    if room.memory is None:
        return replace(known, message="the memory of an accelerator is not known: give resources.accelerator.memory")
    budget, need = room.memory * room.fraction, needed(demand, room)
    fewest = fewest_accelerators(demand, room)
    if demand.architecture is None and need <= budget:
        unknown = "the weights fit, but without config.json the memory of the context is not known: "
        return replace(known, message=unknown + _sum(demand, room), accelerators=fewest)
    words = "fits" if need <= budget else "does not fit" + _advice(fewest)
    return replace(known, fits=need <= budget, message=f"{words}: {_sum(demand, room)}", accelerators=fewest)


def kv_per_token(demand: Demand, room: Room) -> float | None:
    """Give the bytes that one token's keys and values take on each accelerator; None without config.json."""
    shape = demand.architecture
    if shape is None:
        return None
    layers = math.ceil(shape.layers / room.pipeline)
    if shape.latent_size:
        return layers * shape.latent_size * demand.kv_bytes
    return 2 * layers * max(1, shape.kv_heads // room.tensor) * shape.head_size * demand.kv_bytes


def needed(demand: Demand, room: Room) -> float:
    """Give the bytes that one accelerator must have for its part of the model and one request of full length."""
    part = (demand.weight_bytes or 0) * LOADED / (room.tensor * room.pipeline) * FRAGMENTED
    return part + RUNTIME_BYTES + (kv_per_token(demand, room) or 0) * counted_context(demand)


def counted_context(demand: Demand) -> int:
    """Give the context length that the arithmetic counts."""
    longest = demand.architecture.longest_context if demand.architecture else None
    return demand.context or min(LEAST_CONTEXT, longest or LEAST_CONTEXT)


def fewest_accelerators(demand: Demand, room: Room) -> int | None:
    """Give the least number that holds the model, tensor parallel on a node and pipeline parallel over nodes."""
    heads = demand.architecture.attention_heads if demand.architecture else None
    cuts = [(t, 1) for t in (1, 2, 4, _ON_ONE_NODE)] + [(_ON_ONE_NODE, p) for p in range(2, 9)]
    for tensor, pipeline in cuts:
        cut = replace(room, tensor=tensor, pipeline=pipeline)
        if (heads is None or heads % tensor == 0) and needed(demand, cut) <= (room.memory or 0) * room.fraction:
            return tensor * pipeline
    return None


def _advice(fewest: int | None) -> str:
    return f" (by this sum {fewest} would hold it)" if fewest else ""


def _sum(demand: Demand, room: Room) -> str:
    parts = room.tensor * room.pipeline
    share = f" / {parts}" if parts > 1 else ""
    context = (kv_per_token(demand, room) or 0) * counted_context(demand)
    kept = f" + {binary_size(context)} for {counted_context(demand)} tokens of context" if context else ""
    return (
        f"weights {binary_size((demand.weight_bytes or 0) * LOADED)}{share} * {FRAGMENTED} + 2.3Gi runtime{kept}"
        f" = {binary_size(needed(demand, room))}, and {binary_size(room.memory or 0)} * {room.fraction:g}"
        f" = {binary_size((room.memory or 0) * room.fraction)} is there for each{_basis(demand)}"
    )


def _basis(demand: Demand) -> str:
    return f" ({demand.basis})" if demand.basis else ""
