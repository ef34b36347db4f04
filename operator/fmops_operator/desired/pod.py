"""The pod that runs the engine: containers, volumes, probes, security and place."""

import math
from typing import Any

from fmops_api.engine import ResourceList, Vendor
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired import vllm
from fmops_operator.desired.metadata import short_name
from fmops_operator.desired.quantities import canonical
from fmops_operator.observed import CHECK_WEIGHTS, ENGINE
from fmops_operator.settings import EngineImages, Settings

USER = 10001
PRE_STOP_SECONDS = 15
"""Endpoints keep sending requests for a while after a pod is told to go: it waits so long before it drains."""
GRACE_SECONDS = PRE_STOP_SECONDS + vllm.DRAIN_SECONDS + 15
PROBE_PERIOD = 5

RESOURCES = {Vendor.NVIDIA: "nvidia.com/gpu", Vendor.AMD: "amd.com/gpu"}
PRODUCT_LABELS = {Vendor.NVIDIA: "nvidia.com/gpu.product", Vendor.AMD: "amd.com/gpu.product-name"}

_CHECK_SCRIPT = """\
fail() { echo "$1" > /dev/termination-log; exit 2; }
[ -d "$1" ] || fail "the volume has no folder $2"
[ -f "$1/config.json" ] || fail "the folder $2 of the volume has no config.json, as the Hugging Face layout has"
[ -r "$1/config.json" ] || fail "user $(id -u) cannot read config.json in the folder $2: make it world-readable"
total=0
for file in "$1"/*.safetensors "$1"/*.bin; do
  [ -f "$file" ] && total=$((total + $(stat -Lc %s "$file")))
done
{ echo "$total"; head -c 3900 "$1/config.json"; } > /dev/termination-log
"""
"""Ends with 2 and a sentence, or hands back the size of the weights in bytes and config.json, for the estimate."""


def build_pod(model: FoundationModel, settings: Settings, images: EngineImages) -> dict[str, Any]:
    """Build the pod's spec, before the model's own podTemplate is laid over it."""
    image = vllm.image(model, images)
    pull = {"imagePullPolicy": settings.image_pull_policy} if settings.image_pull_policy else {}
    checks = [_weights_check(model, image) | pull] if model.spec.source.persistent_volume_claim else []
    return {
        "serviceAccountName": short_name(model.metadata.name),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,  # a Service named vllm would set VLLM_PORT to a URL, which the engine refuses
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **({"initContainers": checks} if checks else {}),
        "containers": [_engine(model, settings, image) | pull],
        "volumes": _volumes(model),
        **_placement(model),
    }


def _engine(model: FoundationModel, settings: Settings, image: str) -> dict[str, Any]:
    return {
        "name": ENGINE,
        "image": image,
        "args": [*vllm.answering_args(model), *vllm.operating_args(model), *vllm.extra_args(model)],
        "env": vllm.env(model, settings),
        "ports": [{"name": "http", "containerPort": vllm.PORT, "protocol": "TCP"}],
        "resources": _resources(model),
        **_probes(model),
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
        "securityContext": _locked_down(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": _mounts(model),
    }


def _weights_check(model: FoundationModel, image: str) -> dict[str, Any]:
    source = model.spec.source.persistent_volume_claim
    shown = (source.path if source else None) or "/"
    return {
        "name": CHECK_WEIGHTS,
        "image": image,
        "command": ["sh", "-c", _CHECK_SCRIPT, CHECK_WEIGHTS, vllm.model_path(model), shown],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": _locked_down(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": "weights", "mountPath": vllm.MODELS, "readOnly": True}],
    }


def _locked_down() -> dict[str, Any]:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _probes(model: FoundationModel) -> dict[str, Any]:
    tries = max(1, math.ceil(vllm.startup_seconds(model) / PROBE_PERIOD))
    return {
        "startupProbe": _health(PROBE_PERIOD, 2, tries),
        "readinessProbe": _health(PROBE_PERIOD, 2, 2),
        "livenessProbe": _health(10, 5, 10),
    }


def _health(period: int, timeout: int, tries: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": "/health", "port": "http"},
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": tries,
    }


def _resources(model: FoundationModel) -> dict[str, Any]:
    asked = model.spec.resources
    requests = _quantities(asked.requests if asked else None)
    limits = _quantities(asked.limits if asked else None)
    name = RESOURCES.get(vllm.vendor_of(model))
    if name:
        limits[name] = str(vllm.accelerators(model))
    return {part: content for part, content in (("requests", requests), ("limits", limits)) if content}


def _quantities(resources: ResourceList | None) -> dict[str, str]:
    return {name: canonical(amount) for name, amount in (resources or {}).items()}


def _volumes(model: FoundationModel) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": "cache", **_cache(model)},
        {"name": "scratch", "emptyDir": {}},
        {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": _shared_memory(model)}},
    ]
    weights = model.spec.source.persistent_volume_claim
    if weights:
        claim = {"claimName": weights.claim_name, "readOnly": True}
        volumes.append({"name": "weights", "persistentVolumeClaim": claim})
    template = model.spec.engine.chat_template if model.spec.engine else None
    if template:
        item = {"key": template.config_map_key_ref.key, "path": vllm.CHAT_TEMPLATE_FILE}
        source = {"name": template.config_map_key_ref.name, "items": [item]}
        volumes.append({"name": "chat-template", "configMap": source})
    return volumes


def _cache(model: FoundationModel) -> dict[str, Any]:
    cache = model.spec.cache
    if cache and cache.persistent_volume_claim:
        return {"persistentVolumeClaim": {"claimName": cache.persistent_volume_claim.claim_name}}
    return {"emptyDir": {"sizeLimit": canonical(cache.ephemeral.size)} if cache and cache.ephemeral else {}}


def _shared_memory(model: FoundationModel) -> str:
    # Parts of one model talk through it; alone, an engine needs little. It counts to the memory limit when used.
    cut = vllm.parallelism(model)
    return "8Gi" if cut.tensor * cut.pipeline > 1 else "2Gi"


def _mounts(model: FoundationModel) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [
        {"name": "cache", "mountPath": vllm.CACHE},
        {"name": "scratch", "mountPath": vllm.SCRATCH},
        {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108  (where the kernel wants it)
    ]
    if model.spec.source.persistent_volume_claim:
        mounts.append({"name": "weights", "mountPath": vllm.MODELS, "readOnly": True})
    if model.spec.engine and model.spec.engine.chat_template:
        mounts.append({"name": "chat-template", "mountPath": vllm.CHAT_TEMPLATE_FOLDER, "readOnly": True})
    return mounts


def _placement(model: FoundationModel) -> dict[str, Any]:
    place = model.spec.placement.to_manifest() if model.spec.placement else {}
    selector, tolerations = dict(place.pop("nodeSelector", {})), list(place.pop("tolerations", []))
    vendor = vllm.vendor_of(model)
    if vendor in RESOURCES:
        tolerations.append({"key": RESOURCES[vendor], "operator": "Exists", "effect": "NoSchedule"})
    accelerator = model.spec.resources.accelerator if model.spec.resources else None
    if accelerator and accelerator.product and vendor in PRODUCT_LABELS:
        selector.setdefault(PRODUCT_LABELS[vendor], accelerator.product)
    lists = {"nodeSelector": selector, "tolerations": tolerations}
    return {**place, **{name: content for name, content in lists.items() if content}}
