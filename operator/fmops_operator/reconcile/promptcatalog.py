"""The story of a PromptCatalog: read its sources, resolve and check everything, release it as an immutable bundle."""

import asyncio
import base64
import binascii
from collections.abc import Sequence

from fmops_api.evaluationplan import Catalog
from fmops_api.meta import ConfigMapKeyReference
from fmops_api.promptcatalog import PromptCatalog
from fmops_api.promptcatalogstatus import PromptCatalogStatus, User
from fmops_api.reasons import PromptCatalogReason as Reason
from fmops_operator.desired.metadata import selector
from fmops_operator.desired.promptcatalog import BUNDLE_LABEL, COMPONENT, BundleTooLargeError, build_bundle
from fmops_operator.errors import Refused
from fmops_operator.manifest import CONFIG_MAP, EVALUATION_RUN, Manifest
from fmops_operator.reconcile.promptcatalog_sources import Sources, read_bulky
from fmops_operator.status.promptcatalog import (
    Release,
    Trouble,
    held_back,
    listed,
    released,
    with_sources,
    with_users,
)
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
    runs = await _runs(resource, world.cluster)
    bulky = await read_bulky(resource, [at for run in runs if (at := _source_changed_at(run))], world)
    try:
        status = await _release(resource, bulky, world.cluster)
    except _HeldBackError as held:
        there = await _bundle_is_there(resource, world.cluster)
        status = held_back(resource, held.trouble, bundle_there=there)
    status = with_sources(resource, status, bulky.statuses)
    users = [User(kind=EVALUATION_RUN.name, name=run["metadata"]["name"]) for run in runs]
    again = min([*bulky.again_after, *_again_after(status)], default=None)
    return Outcome(with_users(status, users), tuple(bulky.notes), again)


async def _runs(resource: PromptCatalog, cluster: Cluster) -> list[Manifest]:
    """Find who names the catalogue; the watches wake it when somebody begins or ceases to."""
    runs = await cluster.list(EVALUATION_RUN, resource.metadata.namespace, {})
    return [run for run in runs if run.get("spec", {}).get("catalog", {}).get("name") == resource.metadata.name]


def _source_changed_at(run: Manifest) -> str:
    return str(run.get("status", {}).get("sourceChangedAt") or "")


async def _release(resource: PromptCatalog, bulky: Sources, cluster: Cluster) -> PromptCatalogStatus:
    sources = resource.spec.sources or ()
    texts = {s.name: await _read(s.name, s.config_map, resource, cluster) for s in sources if s.config_map}
    _check_read(bulky)
    # Large sources take long to check: not in the loop, which renews the Lease.
    resolution = await asyncio.to_thread(resolve, resource.spec, texts, bulky.reports)
    catalog = _sound(resolution)
    bundle = await _apply_bundle(resource, catalog, cluster)
    await _remove_unused(resource, bundle, cluster)
    return released(resource, Release(catalog.digest, bundle, counts(catalog), resolution.sources))


def _check_read(bulky: Sources) -> None:
    """Go no further while nobody knows what a source holds; a faulty one is mended by people only."""
    if faults := bulky.faults:
        stalled = any(reason is Reason.SOURCE_UNREADABLE for reason, _ in faults)
        raise _HeldBackError(faults[0][0], listed([message for _, message in faults]), stalled=stalled)
    if bulky.waiting:
        raise _HeldBackError(Reason.RESOLVING, listed(bulky.waiting), stalled=False)


def _sound(resolution: Resolution) -> Catalog:
    if resolution.catalog is not None and not resolution.faults:
        return resolution.catalog
    unreadable = [str(fault) for fault in resolution.faults if fault.path.startswith("spec.sources")]
    if unreadable:
        raise _HeldBackError(Reason.SOURCE_UNREADABLE, listed(unreadable))
    raise _HeldBackError(Reason.INVALID_ENTRY, listed([str(fault) for fault in resolution.faults]))


async def _read(name: str, where: ConfigMapKeyReference, resource: PromptCatalog, cluster: Cluster) -> str:
    found = await cluster.get(CONFIG_MAP, resource.metadata.namespace, where.name)
    if found is None:
        message = f"spec.sources[{name}].configMap.name: there is no ConfigMap {where.name}"
        raise _HeldBackError(Reason.SOURCE_NOT_FOUND, message, stalled=False)
    text, packed = (found.get("data") or {}).get(where.key), (found.get("binaryData") or {}).get(where.key)
    if text is None and packed is None:
        known = ", ".join(sorted([*(found.get("data") or {}), *(found.get("binaryData") or {})])[:10]) or "none"
        message = f"spec.sources[{name}].configMap.key: ConfigMap {where.name} has no key {where.key}; it has {known}"
        raise _HeldBackError(Reason.SOURCE_NOT_FOUND, message, stalled=False)
    return str(text) if text is not None else _decoded(name, where.key, str(packed))


def _decoded(name: str, key: str, packed: str) -> str:
    try:
        return base64.b64decode(packed).decode()
    except (UnicodeDecodeError, binascii.Error) as error:
        message = f"spec.sources[{name}]: key {key} is no UTF-8 text: {error}"
        raise _HeldBackError(Reason.SOURCE_UNREADABLE, message) from error


async def _apply_bundle(resource: PromptCatalog, catalog: Catalog, cluster: Cluster) -> str:
    try:
        named = {each.source.name for each in catalog.example_sets if each.source}
        sources = [source for source in resource.spec.sources or () if source.name in named]
        bundle = build_bundle(resource, catalog.digest, canonical(catalog), sources)
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


def _again_after(status: PromptCatalogStatus) -> list[float]:
    """Look again at what no watch tells of: a quota is freed by others."""
    refused = any(c.reason == Reason.BUNDLE_REFUSED.value for c in status.conditions)
    return [REFUSED_RETRY_SECONDS] if refused else []
