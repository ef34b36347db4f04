"""The children of a FoundationModel that runs on own nodes: the Deployment and what stands around it."""

from dataclasses import dataclass
from typing import Any

from fmops_api import GROUP
from fmops_api.engine import RolloutStrategy
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired import vllm
from fmops_operator.desired.foundationmodel_network import (
    build_disruption_budget,
    build_network_policy,
    build_pod_monitor,
    build_service,
    build_service_account,
)
from fmops_operator.desired.metadata import child, digest, labels, selector, short_name
from fmops_operator.desired.pod import build_pod
from fmops_operator.desired.pod_overlay import overlay
from fmops_operator.manifest import DEPLOYMENT, Manifest
from fmops_operator.settings import EngineImages, Settings

COMPONENT = "engine"
REPLICAS_ANNOTATION = f"{GROUP}/replicas"
"""On the Deployment, the spec.replicas last applied: a change of it takes the count back from whoever scaled."""
CHAT_TEMPLATE_ANNOTATION = f"{GROUP}/chat-template"
"""On the pods, the digest of the chat template: the engine reads it once, so a new one needs new pods."""
_IMAGE_PULL_SECONDS = 900
"""What a rollout may take beyond the start itself: an engine image has ten gigabytes."""


@dataclass(frozen=True)
class Surroundings:
    """What the builders must know beside the model itself."""

    settings: Settings
    images: EngineImages
    scaled_by_others: bool = False
    """Whether somebody set the Deployment's count through its scale subresource: then it is theirs."""
    chat_template_digest: str | None = None
    monitors: bool = False
    """Whether the cluster has PodMonitors."""


def wanted_replicas(model: FoundationModel) -> int:
    """Give the number of pods that the model asks for."""
    return 1 if model.spec.replicas is None else model.spec.replicas


def build_objects(model: FoundationModel, around: Surroundings) -> list[Manifest]:
    """Build every child, the Deployment last: what its pods need stands before them."""
    return [
        build_service_account(model),
        build_service(model),
        build_network_policy(model, around.settings),
        build_disruption_budget(model),
        *([build_pod_monitor(model, around.settings)] if around.monitors else []),
        build_deployment(model, around),
    ]


def build_deployment(model: FoundationModel, around: Surroundings) -> Manifest:
    """Build the Deployment."""
    replicas = wanted_replicas(model)
    manifest = child(
        model, DEPLOYMENT, short_name(model.metadata.name), COMPONENT, {REPLICAS_ANNOTATION: str(replicas)}
    )
    manifest["spec"] = {
        **({} if around.scaled_by_others else {"replicas": replicas}),
        "revisionHistoryLimit": 3,
        "progressDeadlineSeconds": min(2**31 - 1, vllm.startup_seconds(model) + _IMAGE_PULL_SECONDS),
        "strategy": _strategy(model),
        "selector": {"matchLabels": selector(model)},
        "template": _template(model, around),
    }
    return manifest


def _template(model: FoundationModel, around: Surroundings) -> dict[str, Any]:
    metadata: dict[str, Any] = {"labels": labels(model, COMPONENT)}
    if around.chat_template_digest:
        metadata["annotations"] = {CHAT_TEMPLATE_ANNOTATION: around.chat_template_digest}
    built = {"metadata": metadata, "spec": build_pod(model, around.settings, around.images)}
    template: dict[str, Any] = overlay(built, model.spec.pod_template or {})
    return template


def _strategy(model: FoundationModel) -> dict[str, Any]:
    asked = model.spec.rollout.strategy if model.spec.rollout else None
    # Accelerators are seldom there twice: a new pod would wait for ever for those that the old one holds.
    default = RolloutStrategy.RECREATE if vllm.accelerators(model) else RolloutStrategy.ROLLING_UPDATE
    if (asked or default) == RolloutStrategy.RECREATE:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def revision(model: FoundationModel, around: Surroundings, resolved: str | None) -> str:
    """Hash everything that can change an answer: source, weights, image, arguments; or the provider's model."""
    spec = model.spec
    if spec.source.external:
        return digest([spec.task, spec.source.to_manifest()])
    variables = [variable.to_manifest() for variable in (spec.engine.env if spec.engine else None) or []]
    return digest(
        [
            vllm.image(model, around.images),
            [*vllm.answering_args(model), *vllm.extra_args(model)],
            variables,
            spec.source.persistent_volume_claim.claim_name if spec.source.persistent_volume_claim else None,
            resolved,
            around.chat_template_digest,
            spec.pod_template,
        ]
    )
