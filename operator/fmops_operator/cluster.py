"""The Kubernetes API as a reconcile sees it: reads from memory, writes only what differs, and only while leading."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from fmops_operator.cache import Cache, Shelf, place_of, version_of
from fmops_operator.connection import Connection, Request
from fmops_operator.drift import differs
from fmops_operator.errors import Absent, Conflict, Refused
from fmops_operator.manifest import FIELD_MANAGER, OWNER_LABELS, ROUTE_OWNER_LABEL, Kind, Manifest, kind_of
from fmops_operator.resources import Resources

APPLIED = "fmops.dev/applied"
"""Annotation with the hash of what we applied: a field that we stop wanting shows in it, and nowhere else."""
LONGEST_WRITE = 30.0
_OWNERS = frozenset({*OWNER_LABELS.values(), ROUTE_OWNER_LABEL})


class ApiCluster:
    """`world.Cluster` on a real API server. `fence` gives the seconds a write may take, or raises NotLeading."""

    def __init__(self, connection: Connection, resources: Resources, cache: Cache, fence: Callable[[], float]) -> None:
        self._connection = connection
        self._resources = resources
        self._cache = cache
        self._fence = fence

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make the object be as in `manifest`; no request when it already is."""
        kind, place, hashed = kind_of(manifest), place_of(manifest), _hash(manifest)
        shelf = self._cache.shelf(kind, manifest["metadata"].get("labels"))
        live = shelf.get(place) if shelf else None
        if live is None and (shelf is None or not shelf.complete):
            live = await self._read(kind, *place)  # one that somebody else made has not our label, and is not kept
        if live is not None:
            _refuse_to_take(manifest, live)
            if _is_as_applied(manifest, live, hashed, shelf):
                return live
        stored = await self._write(_marked(manifest, hashed), live)
        if shelf:
            shelf.wrote(stored)
        return stored

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Give one object, or None; from memory when the kind is watched and the object ours."""
        found = self._cache.get(kind, (namespace, name))
        if found is not None or self._cache.is_complete(kind):
            return found
        return await self._read(kind, namespace, name)

    async def list(self, kind: Kind, namespace: str, labels: Mapping[str, str]) -> Sequence[Manifest]:
        """Give the objects that carry all `labels`, oldest first."""
        shelf = self._cache.shelf(kind, labels)
        label = next((each for each in labels if each in _OWNERS), None)
        if shelf is not None and label is not None:
            found: Sequence[Manifest] = [
                each for each in shelf.owned(namespace, label, labels[label]) if _carries(each, labels)
            ]
        elif shelf is not None and shelf.complete and not shelf.label:
            found = [each for each in shelf.within(namespace) if _carries(each, labels)]
        else:
            found = await self._query(kind, namespace, labels)
        return sorted(found, key=lambda each: (each["metadata"].get("creationTimestamp", ""), each["metadata"]["name"]))

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object and, in the background, what it owns; an absent one is fine."""
        resource = await self._resources.need(kind)
        path, body = resource.path(namespace, quote(name)), {"propagationPolicy": "Background"}
        try:
            await self._connection.send(Request("DELETE", path, body=body, seconds=self._seconds()))
        except Absent:
            return

    async def serves(self, kind: Kind) -> bool:
        """Say whether the API server has this resource."""
        return await self._resources.find(kind) is not None

    async def write_status(self, manifest: Manifest) -> Manifest:
        """Replace our part of an object's status; `manifest` has its name, resourceVersion and status.

        Raises Absent when it is gone, and Conflict when it changed since, or is another object of the same name now.
        """
        resource = await self._resources.need(kind_of(manifest))
        stored = await self._patch(resource.path(*place_of(manifest), "status"), manifest, force=True)
        shelf = self._cache.shelf(kind_of(manifest))
        if shelf:
            shelf.wrote(stored)
        return stored

    async def _write(self, manifest: Manifest, live: Manifest | None) -> Manifest:
        resource = await self._resources.need(kind_of(manifest))
        path = resource.path(manifest["metadata"].get("namespace"), quote(manifest["metadata"]["name"]))
        try:
            # Without force, an object that we know nothing of is not taken from whoever made it.
            return await self._patch(path, manifest, force=live is not None)
        except Conflict:
            found = await self._read(kind_of(manifest), *place_of(manifest))
            if live is not None or found is None:
                raise
            _refuse_to_take(manifest, found)
        return await self._patch(path, manifest, force=True)

    async def _patch(self, path: str, manifest: Manifest, *, force: bool) -> Manifest:
        query = {"fieldManager": FIELD_MANAGER, "force": str(force).lower()}
        stored: Manifest = await self._connection.send(
            Request("PATCH", path, query, manifest, "application/apply-patch+yaml", seconds=self._seconds())
        )
        return stored

    def _seconds(self) -> float:
        # A write that outlived our leadership could meet one of the next leader.
        return min(self._fence(), LONGEST_WRITE)

    async def _read(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        resource = await self._resources.find(kind)
        if resource is None:
            return None
        try:
            found: Manifest = await self._connection.send(Request("GET", resource.path(namespace, quote(name))))
        except Absent:
            return None
        return found

    async def _query(self, kind: Kind, namespace: str, labels: Mapping[str, str]) -> Sequence[Manifest]:
        resource = await self._resources.find(kind)
        if resource is None:
            return []
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        answer = await self._connection.send(Request("GET", resource.path(namespace), {"labelSelector": selector}))
        return [{"apiVersion": kind.api_version, "kind": kind.name, **item} for item in answer["items"]]


def _is_as_applied(manifest: Manifest, live: Manifest, hashed: str, shelf: Shelf | None) -> bool:
    if shelf and shelf.is_approved(place_of(manifest), hashed, version_of(live)):
        return True  # compared before, and neither side has changed
    annotations = live["metadata"].get("annotations") or {}
    if annotations.get(APPLIED) != hashed or differs(manifest, live):
        return False
    if shelf:
        shelf.approve(place_of(manifest), hashed)
    return True


def _hash(manifest: Manifest) -> str:
    return hashlib.sha256(orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _marked(manifest: Manifest, hashed: str) -> Manifest:
    metadata = manifest["metadata"]
    return {
        **manifest,
        "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), APPLIED: hashed}},
    }


def _carries(manifest: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return labels.items() <= (manifest["metadata"].get("labels") or {}).items()


def _refuse_to_take(manifest: Manifest, live: Mapping[str, Any]) -> None:
    """Raise unless `live` was made for the owner of `manifest`: Conflict when it will go by itself, else Refused."""
    what = f"{live['kind']} {live['metadata']['name']}"
    owner, ours = _controller(live), _controller(manifest)
    if owner is None and APPLIED not in (live["metadata"].get("annotations") or {}):
        raise Refused(f"{what} is there already and was not made for this object: delete or rename one of the two")
    if owner is None or ours is None or owner["uid"] == ours["uid"]:
        return
    if (owner["kind"], owner["name"]) == (ours["kind"], ours["name"]):
        raise Conflict(f"{what} belongs to a deleted {owner['kind']} of the same name and is still being removed")
    raise Refused(f"{what} belongs to {owner['kind']} {owner['name']} already: rename one of the two objects")


def _controller(manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    owners = manifest["metadata"].get("ownerReferences") or ()
    return next((each for each in owners if each.get("controller")), None)
