"""What sizing is asked: from a model's fields and what is known of its weights."""

from dataclasses import dataclass

from fmops_api.engine import Dtype, Engine, Vendor
from fmops_api.foundationmodel import FoundationModel
from fmops_api.scalars import parameter_count, quantity
from fmops_operator.architecture import Architecture
from fmops_operator.sizing import Demand, Room, bytes_per_parameter

_DTYPES = {Dtype.BFLOAT16: "bfloat16", Dtype.FLOAT16: "float16", Dtype.FLOAT32: "float32"}
_DEFAULT_FRACTION = 0.92


@dataclass(frozen=True)
class Weights:
    """What is known of the weights, from a hub or from the volume; nothing at first."""

    bytes: int | None = None
    architecture: Architecture | None = None
    parameters: int | None = None


def demand_of(model: FoundationModel, weights: Weights) -> Demand:
    """Say what has to fit; measured sizes count before the card's number of parameters."""
    engine = model.spec.engine or Engine()
    shape = weights.architecture
    dtype = _DTYPES.get(engine.dtype) or (shape.dtype if shape else None)
    loaded, basis = _weight_bytes(model, weights, dtype)
    return Demand(
        weight_bytes=loaded,
        architecture=shape,
        context=engine.context_length,
        kv_bytes=4.0 if dtype == "float32" else 2.0,
        basis=basis,
    )


def _weight_bytes(model: FoundationModel, weights: Weights, dtype: str | None) -> tuple[float | None, str]:
    engine = model.spec.engine or Engine()
    shape = weights.architecture
    quantization = engine.quantization or (shape.quantization if shape else None)
    parameters = weights.parameters
    if engine.quantization and parameters and not (shape and shape.quantization):
        each = bytes_per_parameter(dtype, quantization)
        return parameters * each, f"{parameters} parameters as {quantization}, {each:g} bytes each"
    if weights.bytes:
        changed = bytes_per_parameter(dtype, None) / shape.dtype_bytes if shape and not quantization else 1.0
        return weights.bytes * changed, f"from the size of the weight files{'' if changed == 1 else f', as {dtype}'}"
    if model.spec.card and model.spec.card.parameters:
        each = bytes_per_parameter(dtype, quantization)
        return parameter_count(model.spec.card.parameters) * each, f"card.parameters, {each:g} bytes each"
    return None, ""


def room_of(model: FoundationModel) -> Room:
    """Say what it has to fit in: the memory of an accelerator, or the container's limit on the CPU."""
    engine, resources = model.spec.engine or Engine(), model.spec.resources
    accelerator = resources.accelerator if resources else None
    if accelerator is None or accelerator.vendor == Vendor.NONE:
        limit = (resources.limits or {}).get("memory") if resources else None
        return Room(float(quantity(limit)) if limit is not None else None, 1.0)
    tensor = engine.parallelism.tensor if engine.parallelism else accelerator.count or 1
    return Room(
        memory=float(quantity(accelerator.memory)) if accelerator.memory else None,
        fraction=float(engine.memory_fraction or _DEFAULT_FRACTION),
        tensor=tensor,
        pipeline=engine.parallelism.pipeline if engine.parallelism else 1,
    )
