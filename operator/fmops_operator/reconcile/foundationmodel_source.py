"""Where a model's weights come from, as far as the operator can find out: hub, claim, folder, Secrets."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field

from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import SecretReference
from fmops_api.reasons import FoundationModelReason as Reason
from fmops_api.sources import HuggingFace, VolumeSource
from fmops_operator.architecture import Architecture
from fmops_operator.manifest import CLAIM, CONFIG_MAP, SECRET
from fmops_operator.observed import Pod, WeightsFolder
from fmops_operator.sizing_demand import Weights
from fmops_operator.status.foundationmodel_pods import Finding
from fmops_operator.status.foundationmodel_source import find_folder
from fmops_operator.world import World


@dataclass(frozen=True)
class Source:
    """What was found out about the source of the weights."""

    finding: Finding
    weights: Weights = field(default_factory=Weights)
    commit: str | None = None


async def find_source(model: FoundationModel, pods: Sequence[Pod], world: World) -> Source:
    """Look the source up."""
    source = model.spec.source
    if source.hugging_face:
        return await _find_repository(model, source.hugging_face, world)
    if source.persistent_volume_claim:
        return await _find_volume(model, source.persistent_volume_claim, pods, world)
    raise ValueError("a model of own pods has weights from a hub or a volume")


async def _find_repository(model: FoundationModel, source: HuggingFace, world: World) -> Source:
    token, missing = await read_secret(model, source.token_secret_ref, world)
    if missing:
        return Source(Finding(False, Reason.SOURCE_UNAUTHORIZED, missing))
    found = await world.hub.look_up(source.repo, source.revision, token)
    reason = Reason.of(found.fault) if found.fault else Reason.SOURCE_RESOLVED
    known = {Reason.SOURCE_RESOLVED: True, Reason.SOURCE_UNVERIFIED: None}
    weights = Weights(found.weight_bytes, Architecture.of(found.config), found.parameters)
    return Source(Finding(known.get(reason, False), reason, found.message), weights, found.commit)


async def _find_volume(model: FoundationModel, source: VolumeSource, pods: Sequence[Pod], world: World) -> Source:
    claim = await world.cluster.get(CLAIM, model.metadata.namespace, source.claim_name)
    folder = WeightsFolder.of(pods)
    weights = Weights(folder.bytes or None, Architecture.of(folder.config)) if folder else Weights()
    return Source(find_folder(source, claim, pods), weights)


async def read_secret(
    model: FoundationModel, reference: SecretReference | None, world: World
) -> tuple[str | None, str | None]:
    """Give the value that a reference points at, and what is wrong with it; both None when there is no reference."""
    if reference is None:
        return None, None
    secret = await world.cluster.get(SECRET, model.metadata.namespace, reference.name)
    if secret is None:
        return None, f"there is no Secret {reference.name} in namespace {model.metadata.namespace}"
    encoded = (secret.get("data") or {}).get(reference.key)
    if not encoded:
        return None, f"Secret {reference.name} has no key {reference.key}"
    try:
        # A value that was written with `echo` ends in a line break, which no header may carry.
        text = base64.b64decode(encoded).decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return None, f"key {reference.key} of Secret {reference.name} is no text"
    return (text, None) if text else (None, f"key {reference.key} of Secret {reference.name} is empty")


async def find_chat_template(model: FoundationModel, world: World) -> tuple[str | None, Finding | None]:
    """Give the chat template's text, and why it cannot be had; both None when the model has none of its own."""
    template = model.spec.engine.chat_template if model.spec.engine else None
    if template is None:
        return None, None
    reference = template.config_map_key_ref
    found = await world.cluster.get(CONFIG_MAP, model.metadata.namespace, reference.name)
    text = (found.get("data") or {}).get(reference.key) if found else None
    if text is not None:
        return text, None
    what = f"no key {reference.key} in ConfigMap {reference.name}" if found else f"no ConfigMap {reference.name}"
    return None, Finding(False, Reason.SOURCE_NOT_FOUND, f"engine.chatTemplate: there is {what}")
