"""The engine's command line and environment, from the typed fields: vLLM 0.32 by its own names."""

import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from fmops_api.engine import Dtype, Engine, EnvironmentVariable, Parallelism, Vendor
from fmops_api.foundationmodel import FoundationModel, Task
from fmops_api.scalars import quantity, seconds
from fmops_operator.settings import EngineImages, Settings

PORT = 8000
MODELS, CACHE, SCRATCH = "/models", "/cache", "/tmp"  # noqa: S108  (a folder of the pod, not of this machine)
CHAT_TEMPLATE_FOLDER, CHAT_TEMPLATE_FILE = "/etc/fmops/chat-template", "template.jinja"
DRAIN_SECONDS = 45
"""Running requests have so long to end once the pod is told to stop; without it they would hang, not fail."""
DEFAULT_HUB = "https://huggingface.co"

_POOLING = {Task.EMBEDDING: [], Task.RERANK: ["--convert=classify"], Task.CLASSIFICATION: ["--convert=classify"]}
_DTYPES = {Dtype.BFLOAT16: "bfloat16", Dtype.FLOAT16: "float16", Dtype.FLOAT32: "float32"}


def vendor_of(model: FoundationModel) -> Vendor:
    """Say whose accelerators the model runs on; the CPU when it asks for none."""
    accelerator = model.spec.resources.accelerator if model.spec.resources else None
    return accelerator.vendor if accelerator else Vendor.NONE


def accelerators(model: FoundationModel) -> int:
    """Count the accelerators of one replica; 0 on the CPU."""
    accelerator = model.spec.resources.accelerator if model.spec.resources else None
    return 0 if accelerator is None or accelerator.vendor == Vendor.NONE else accelerator.count or 1


def parallelism(model: FoundationModel) -> Parallelism:
    """Say how the model is cut: as asked for, else every layer over all accelerators."""
    asked = model.spec.engine.parallelism if model.spec.engine else None
    return asked or Parallelism(tensor=max(1, accelerators(model)))


def image(model: FoundationModel, images: EngineImages) -> str:
    """Choose the engine image: the model's own, else the operator's for the vendor."""
    asked = model.spec.engine.image if model.spec.engine else None
    defaults = {Vendor.NVIDIA: images.nvidia, Vendor.AMD: images.amd}
    return asked or defaults.get(vendor_of(model), images.cpu)


def startup_seconds(model: FoundationModel) -> int:
    """Give the time that a start may take, in seconds."""
    return math.ceil(seconds(model.spec.startup.timeout)) if model.spec.startup else 1800


def model_path(model: FoundationModel) -> str:
    """Say what the engine loads: the repository, or the folder inside the mounted volume."""
    source = model.spec.source
    if source.hugging_face:
        return source.hugging_face.repo
    path = source.persistent_volume_claim.path if source.persistent_volume_claim else None
    inside = "/".join(part for part in (path or "").split("/") if part not in {"", "."})
    return f"{MODELS}/{inside}" if inside else MODELS


def answering_args(model: FoundationModel) -> list[str]:
    """Give the arguments that can change an answer; they are part of the model's revision."""
    engine = model.spec.engine or Engine()
    cut = parallelism(model)
    source = model.spec.source.hugging_face
    return [
        model_path(model),
        *([f"--revision={source.revision}"] if source else []),
        *_task_args(model.spec.task),
        f"--max-model-len={engine.context_length or 'auto'}",
        *([f"--dtype={_DTYPES[engine.dtype]}"] if engine.dtype in _DTYPES else []),
        *([f"--quantization={engine.quantization}"] if engine.quantization else []),
        *([f"--tensor-parallel-size={cut.tensor}"] if cut.tensor > 1 else []),
        *([f"--pipeline-parallel-size={cut.pipeline}"] if cut.pipeline > 1 else []),
        *_chat_args(engine),
    ]


def _task_args(task: Task) -> list[str]:
    return ["--runner=pooling", *_POOLING[task]] if task in _POOLING else ["--runner=generate"]


def _chat_args(engine: Engine) -> Iterator[str]:
    if engine.chat_template:
        yield f"--chat-template={CHAT_TEMPLATE_FOLDER}/{CHAT_TEMPLATE_FILE}"
    if engine.tool_calling:
        yield "--enable-auto-tool-choice"
        yield f"--tool-call-parser={engine.tool_calling.parser}"
    if engine.reasoning:
        yield f"--reasoning-parser={engine.reasoning.parser}"


def operating_args(model: FoundationModel) -> list[str]:
    """Give the arguments that decide how requests are taken in and let go, and change no answer."""
    engine = model.spec.engine or Engine()
    return [
        f"--served-model-name={model.metadata.name}",
        f"--port={PORT}",
        *([f"--gpu-memory-utilization={engine.memory_fraction}"] if engine.memory_fraction else []),
        *([f"--max-num-seqs={engine.max_concurrent_sequences}"] if engine.max_concurrent_sequences else []),
        f"--max-num-queued-reqs={engine.max_queued_requests}",
        f"--shutdown-timeout={DRAIN_SECONDS}",
        "--disable-access-log-for-endpoints=/health,/metrics,/ping",
    ]


def extra_args(model: FoundationModel) -> list[str]:
    """Give the arguments that have no field; they come last."""
    return list(model.spec.engine.extra_args or []) if model.spec.engine else []


def env(model: FoundationModel, settings: Settings) -> list[dict[str, Any]]:
    """Give the environment of the engine, in a fixed order; the model's own variables win by name."""
    ours = {
        **_folders(),
        "VLLM_ENGINE_READY_TIMEOUT_S": str(startup_seconds(model)),
        "VLLM_NO_USAGE_STATS": "1",
        **(_cpu_env(model) if vendor_of(model) == Vendor.NONE else {}),
    }
    entries: dict[str, dict[str, Any]] = {name: {"name": name, "value": value} for name, value in ours.items()}
    entries.update({entry["name"]: entry for entry in _source_env(model, settings)})
    asked = (model.spec.engine.env if model.spec.engine else None) or []
    entries.update({variable.name: _own(variable) for variable in asked})
    return list(entries.values())


def _folders() -> dict[str, str]:
    # The root is read-only and the user has no entry in the image: everything that is written needs a place and a name.
    return {
        "HOME": SCRATCH,
        "USER": "engine",
        "HF_HOME": f"{CACHE}/huggingface",
        "VLLM_CACHE_ROOT": f"{CACHE}/vllm",
        "TORCHINDUCTOR_CACHE_DIR": f"{CACHE}/torchinductor",
        "TRITON_CACHE_DIR": f"{CACHE}/triton",
        "XDG_CACHE_HOME": f"{CACHE}/xdg",
        "XDG_CONFIG_HOME": f"{SCRATCH}/config",
    }


def _source_env(model: FoundationModel, settings: Settings) -> Iterator[dict[str, Any]]:
    source = model.spec.source.hugging_face
    if source is None:
        yield {"name": "HF_HUB_OFFLINE", "value": "1"}
        return
    if settings.hub_url.rstrip("/") != DEFAULT_HUB:
        yield {"name": "HF_ENDPOINT", "value": settings.hub_url.rstrip("/")}
    if source.token_secret_ref:
        reference = {"name": source.token_secret_ref.name, "key": source.token_secret_ref.key}
        yield {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": reference}}


def _cpu_env(model: FoundationModel) -> dict[str, str]:
    # Binding threads to cores sees the node's cores and not the pod's share of them; one process saves 600 MiB.
    found = {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}
    resources = model.spec.resources
    share = (resources.limits or {}).get("cpu") if resources else None
    return {**found, **({"OMP_NUM_THREADS": str(max(1, int(quantity(share))))} if share is not None else {})}


def _own(variable: EnvironmentVariable) -> dict[str, Any]:
    return variable.to_manifest()


def hub_port(settings: Settings) -> int:
    """Give the port of the hub, which the engine must be let out to."""
    parts = urlsplit(settings.hub_url)
    return parts.port or (80 if parts.scheme == "http" else 443)
