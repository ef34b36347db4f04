"""The story of a PromptCatalog: read its sources, resolve and check everything, release it as an immutable bundle."""

import asyncio
import base64
import binascii
from collections.abc import Sequence

from fmops_api.evaluationplan import Catalog
from fmops_api.promptcatalog import CatalogSource, PromptCatalog
from fmops_api.promptcatalogstatus import PromptCatalogStatus, User
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_operator.desired.metadata import selector
from fmops_operator.desired.promptcatalog import BUNDLE_LABEL, COMPONENT, BundleTooLargeError, build_bundle
from fmops_operator.errors import Refused
from fmops_operator.manifest import CONFIG_MAP, EVALUATION_RUN, Manifest
from fmops_operator.status.promptcatalog import Release, Trouble, held_back, listed, released, with_users
from fmops_operator.world import Cluster, Outcome, World
from fmops_serving.prompts.catalog import Resolution, canonical, counts, resolve

KEPT_BUNDLES = 3
"""Newest bundles that stay even when nothing names them: a run may have read of one and not have begun with it yet."""
REFUSED_RETRY_SECONDS = 60.0


class _HeldBackError(Exception):
    """The object cannot be released."""

    def __init__(self, reason: Reason, message: str, *, stalled: bool = True) -> None:
        super().__init__(message)
        self.trouble = Trouble(reason, message, stalled)


async def reconcile(resource: PromptCatalog, world: World) -> Outcome[PromptCatalogStatus]:
    """Release the catalogue, or say what holds it back; the last valid bundle stays in force."""
    try:
        status = await _release(resource, world.cluster)
    except _HeldBackError as held:
        there = await _bundle_is_there(resource, world.cluster)
        status = held_back(resource, held.trouble, bundle_there=there)
    status = with_users(status, await _users(resource, world.cluster))
    return Outcome(status=status, again_after=_again_after(status))


async def _users(resource: PromptCatalog, cluster: Cluster) -> list[User]:
    """Find who names the catalogue; the watches wake it when somebody begins or ceases to."""
    runs = await cluster.list(EVALUATION_RUN, resource.metadata.namespace, {})
    named = [run for run in runs if run.get("spec", {}).get("catalog", {}).get("name") == resource.metadata.name]
    return [User(kind=EVALUATION_RUN.name, name=run["metadata"]["name"]) for run in named]


async def _release(resource: PromptCatalog, cluster: Cluster) -> PromptCatalogStatus:
    texts = {source.name: await _read(source, resource, cluster) for source in resource.spec.sources or ()}
    # Large sources take long to check: not in the loop, which renews the Lease.
    resolution = await asyncio.to_thread(resolve, resource.spec, texts)
    catalog = _sound(resolution)
    bundle = await _apply_bundle(resource, catalog, cluster)
    await _remove_unused(resource, bundle, cluster)
    return released(resource, Release(catalog.digest, bundle, counts(catalog), resolution.sources))


def _sound(resolution: Resolution) -> Catalog:
    if resolution.catalog is not None and not resolution.faults:
        return resolution.catalog
    unreadable = [str(fault) for fault in resolution.faults if fault.path.startswith("spec.sources")]
    if unreadable:
        raise _HeldBackError(Reason.SOURCE_UNREADABLE, listed(unreadable))
    raise _HeldBackError(Reason.INVALID_ENTRY, listed([str(fault) for fault in resolution.faults]))


async def _read(source: CatalogSource, resource: PromptCatalog, cluster: Cluster) -> str:
    where = source.config_map
    found = await cluster.get(CONFIG_MAP, resource.metadata.namespace, where.name)
    if found is None:
        message = f"spec.sources[{source.name}].configMap.name: there is no ConfigMap {where.name}"
        raise _HeldBackError(Reason.SOURCE_NOT_FOUND, message, stalled=False)
    text, packed = (found.get("data") or {}).get(where.key), (found.get("binaryData") or {}).get(where.key)
    if text is None and packed is None:
        known = ", ".join(sorted([*(found.get("data") or {}), *(found.get("binaryData") or {})])[:10]) or "none"
        message = (
            f"spec.sources[{source.name}].configMap.key: ConfigMap {where.name} has no key {where.key}; it has {known}"
        )
        raise _HeldBackError(Reason.SOURCE_NOT_FOUND, message, stalled=False)
    return str(text) if text is not None else _decoded(source, str(packed))


def _decoded(source: CatalogSource, packed: str) -> str:
    try:
        return base64.b64decode(packed).decode()
    except (UnicodeDecodeError, binascii.Error) as error:
        message = f"spec.sources[{source.name}]: key {source.config_map.key} is no UTF-8 text: {error}"
        raise _HeldBackError(Reason.SOURCE_UNREADABLE, message) from error


async def _apply_bundle(resource: PromptCatalog, catalog: Catalog, cluster: Cluster) -> str:
    try:
        bundle = build_bundle(resource, catalog.digest, canonical(catalog))
        await cluster.apply(bundle)
    except BundleTooLargeError as error:
        raise _HeldBackError(Reason.BUNDLE_TOO_LARGE, str(error)) from error
    except Refused as error:
        raise _HeldBackError(Reason.BUNDLE_REFUSED, error.message) from error
    return str(bundle["metadata"]["name"])


async def _remove_unused(resource: PromptCatalog, current: str, cluster: Cluster) -> None:
    """Delete old bundles that no plan of an evaluation names; a plan lives as long as results on it are shown."""
    namespace = resource.metadata.namespace
    bundles = [b for b in await _bundles(resource, cluster) if b["metadata"]["name"] != current]
    for bundle in bundles[: -(KEPT_BUNDLES - 1)]:
        name = bundle["metadata"]["name"]
        if not await cluster.list(CONFIG_MAP, namespace, {BUNDLE_LABEL: name}):
            await cluster.delete(CONFIG_MAP, namespace, name)


async def _bundles(resource: PromptCatalog, cluster: Cluster) -> Sequence[Manifest]:
    wanted = {**selector(resource), "app.kubernetes.io/component": COMPONENT}
    found = await cluster.list(CONFIG_MAP, resource.metadata.namespace, wanted)
    return [
        b for b in found if any(o["uid"] == resource.metadata.uid for o in b["metadata"].get("ownerReferences", ()))
    ]


async def _bundle_is_there(resource: PromptCatalog, cluster: Cluster) -> bool:
    bundle = resource.status.bundle
    return bool(bundle and await cluster.get(CONFIG_MAP, resource.metadata.namespace, bundle.config_map))


def _again_after(status: PromptCatalogStatus) -> float | None:
    """Look again at what no watch tells of: a quota is freed by others."""
    refused = any(c.reason == Reason.BUNDLE_REFUSED.value for c in status.conditions)
    return REFUSED_RETRY_SECONDS if refused else None
