"""What extraArgs and resources may not say, because a field or the operator owns it."""

from collections.abc import Iterator, Mapping

from fmops_api.foundationmodel import FoundationModel

_PROBES = "the operator, which asks the engine by plain HTTP and without a key"
_LIFECYCLE = "the operator, which drains a pod before it stops"
_ONE_POD = "the operator, which runs a replica in one pod"

OWNERS: Mapping[str, str] = {
    "--model": "source",
    "--revision": "source.huggingFace.revision",
    "--hf-token": "source.huggingFace.tokenSecretRef",
    "--download-dir": "cache",
    "--served-model-name": "metadata.name",
    "--runner": "task",
    "--convert": "task",
    "--task": "task",
    "--max-model-len": "engine.contextLength",
    "--dtype": "engine.dtype",
    "--quantization": "engine.quantization",
    "-q": "engine.quantization",
    "--tensor-parallel-size": "engine.parallelism.tensor",
    "-tp": "engine.parallelism.tensor",
    "--pipeline-parallel-size": "engine.parallelism.pipeline",
    "-pp": "engine.parallelism.pipeline",
    "--gpu-memory-utilization": "engine.memoryFraction",
    "--device-memory-utilization": "engine.memoryFraction",
    "--max-num-seqs": "engine.maxConcurrentSequences",
    "--max-num-queued-reqs": "engine.maxQueuedRequests",
    "--chat-template": "engine.chatTemplate",
    "--enable-auto-tool-choice": "engine.toolCalling",
    "--tool-call-parser": "engine.toolCalling.parser",
    "--reasoning-parser": "engine.reasoning.parser",
    "--port": "the operator, which makes the Service",
    "--host": "the operator, which makes the Service",
    "--uds": "the operator, which makes the Service",
    "--api-key": _PROBES,
    "--ssl-keyfile": _PROBES,
    "--ssl-certfile": _PROBES,
    "--shutdown-timeout": _LIFECYCLE,
    "--disable-access-log-for-endpoints": _LIFECYCLE,
    "--headless": _ONE_POD,
    "--nnodes": _ONE_POD,
    "-n": _ONE_POD,
    "--node-rank": _ONE_POD,
    "-r": _ONE_POD,
    "--master-addr": _ONE_POD,
}
"""Who owns a flag of the engine, by the flag."""

_OWNED_ENV = {
    "VLLM_API_KEY": _PROBES,
    "VLLM_ENGINE_READY_TIMEOUT_S": "startup.timeout",
    "HF_HUB_OFFLINE": "source",
}
_OWNED_RESOURCES = {"nvidia.com/gpu", "amd.com/gpu"}


def conflicts(model: FoundationModel) -> list[str]:
    """Name each flag, variable and resource that is set twice, with its owner; empty when all is well."""
    return [*_argument_conflicts(model), *_environment_conflicts(model), *_resource_conflicts(model)]


def _argument_conflicts(model: FoundationModel) -> Iterator[str]:
    arguments = (model.spec.engine.extra_args if model.spec.engine else None) or []
    if arguments and not arguments[0].startswith("-"):
        yield f"engine.extraArgs starts with {arguments[0]!r}, which is no flag; the model is named by source"
    for argument in arguments:
        found = owned(argument)
        if found:
            flag, owner = found
            hint = "remove it" if owner.startswith("the operator") else f"set {owner} instead"
            yield f"engine.extraArgs sets {flag}, which belongs to {owner}: {hint}"


def owned(argument: str) -> tuple[str, str] | None:
    """Give the flag as written and its owner, when somebody owns it.

    The engine takes `--flag value`, `--flag=value`, underscores for dashes, and any unambiguous beginning of a flag.
    """
    if not argument.startswith("-"):
        return None
    written = argument.partition("=")[0]
    name = written.replace("_", "-") if written.startswith("--") else written
    if name in OWNERS:
        return written, OWNERS[name]
    positive = "--" + name.removeprefix("--no-") if name.startswith("--no-") else name
    if positive in OWNERS:
        return written, OWNERS[positive]
    longer = [flag for flag in OWNERS if name.startswith("--") and len(name) > 2 and flag.startswith(name)]
    return (written, OWNERS[longer[0]]) if longer else None


def _environment_conflicts(model: FoundationModel) -> Iterator[str]:
    for variable in (model.spec.engine.env if model.spec.engine else None) or []:
        if variable.name in _OWNED_ENV:
            yield f"engine.env sets {variable.name}, which belongs to {_OWNED_ENV[variable.name]}: remove it"
    source = model.spec.source.hugging_face
    names = {variable.name for variable in (model.spec.engine.env if model.spec.engine else None) or []}
    if source and source.token_secret_ref and "HF_TOKEN" in names:
        yield "engine.env sets HF_TOKEN, which belongs to source.huggingFace.tokenSecretRef: keep one of them"


def _resource_conflicts(model: FoundationModel) -> Iterator[str]:
    resources = model.spec.resources
    for place in ("requests", "limits") if resources else ():
        for name in sorted(_OWNED_RESOURCES & set(getattr(resources, place) or {})):
            yield f"resources.{place} sets {name}, which belongs to resources.accelerator.count: set that instead"
