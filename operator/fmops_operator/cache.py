"""What the watches delivered, kept small: reads cost no request.

Objects are kept as compact JSON and parsed when asked for. As Python dictionaries, a thousand models with their
children took ten times the room, and most are never looked at between two events.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from fmops_operator.manifest import OWNER_LABELS, ROUTE_OWNER_LABEL, Kind, Manifest

Place = tuple[str, str]
"""Namespace and name."""
_OWNERS = (*OWNER_LABELS.values(), ROUTE_OWNER_LABEL)


class Entry(NamedTuple):
    """One object."""

    version: int
    packed: bytes
    owner: tuple[str, str, str] | None
    """Namespace, owner label and its value: what children are listed by."""

    def unpack(self) -> Manifest:
        """Give the object."""
        manifest: Manifest = orjson.loads(zlib.decompress(self.packed))
        return manifest


def trimmed(manifest: Mapping[str, Any]) -> Manifest:
    """Leave out what nobody reads: the record of who wrote which field is often half of an object.

    What the subresource `scale` wrote stays: it tells whether a Deployment's count belongs to somebody else.
    """
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "managedFields"}
    scaled = [each for each in manifest["metadata"].get("managedFields", ()) if each.get("subresource") == "scale"]
    return {**manifest, "metadata": {**metadata, **({"managedFields": scaled} if scaled else {})}}


def place_of(manifest: Mapping[str, Any]) -> Place:
    """Say where an object is."""
    return manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


def version_of(manifest: Mapping[str, Any]) -> int:
    """Give the resourceVersion; newer is greater, also across objects."""
    return int(manifest["metadata"].get("resourceVersion") or 0)


def _entry(manifest: Mapping[str, Any]) -> Entry:
    labels = manifest["metadata"].get("labels") or {}
    label = next((each for each in _OWNERS if each in labels), None)
    namespace = place_of(manifest)[0]
    owner = (namespace, label, labels[label]) if label else None
    text = orjson.dumps(trimmed(manifest))
    return Entry(version_of(manifest), zlib.compress(text, 1), owner)


class Shelf:
    """The objects of one kind that one watch delivers."""

    def __init__(self, kind: Kind, label: str = "", *, complete: bool = True) -> None:
        self.kind = kind
        self.label = label
        """Label that its objects carry; every object of the kind when empty."""
        self.complete = complete
        """Whether nobody asks for an object of this kind that is not here: a miss needs no request."""
        self._approved: dict[Place, tuple[str, int]] = {}
        self._entries: dict[Place, Entry] = {}
        self._owned: defaultdict[tuple[str, str, str], set[Place]] = defaultdict(set)
        self._seen = 0

    def places(self) -> list[Place]:
        """Say where its objects are."""
        return list(self._entries)

    def get(self, place: Place) -> Manifest | None:
        """Give one object."""
        entry = self._entries.get(place)
        return entry.unpack() if entry else None

    def owned(self, namespace: str, label: str, value: str) -> Iterator[Manifest]:
        """Give the objects of a namespace whose owner label has this value."""
        for place in sorted(self._owned.get((namespace, label, value), ())):
            yield self._entries[place].unpack()

    def within(self, namespace: str) -> Iterator[Manifest]:
        """Give the objects of a namespace."""
        for place in sorted(place for place in self._entries if place[0] == namespace):
            yield self._entries[place].unpack()

    def approve(self, place: Place, hashed: str) -> None:
        """Remember that the object as it is now satisfies the manifest with this hash."""
        self._approved[place] = (hashed, self._entries[place].version)

    def is_approved(self, place: Place, hashed: str, version: int) -> bool:
        """Say whether this version of the object is known to satisfy the manifest with this hash."""
        return self._approved.get(place) == (hashed, version)

    def put(self, manifest: Mapping[str, Any]) -> bool:
        """Keep what a watch delivered, unless something newer is there. Says whether it was news."""
        self._seen = max(self._seen, version_of(manifest))
        return self._keep(manifest)

    def wrote(self, manifest: Mapping[str, Any]) -> None:
        """Keep the answer to a write of our own, so that the next look does not see the world before it."""
        # When the watch is further already, it has told of this write, and perhaps of the object's end.
        if version_of(manifest) > self._seen:
            self._keep(manifest)

    def drop(self, manifest: Mapping[str, Any]) -> bool:
        """Forget what a watch says is gone. Says whether it was there."""
        self._seen = max(self._seen, version_of(manifest))
        return self._forget(place_of(manifest))

    def replace(
        self, namespace: str | None, manifests: Iterable[Manifest], version: int
    ) -> tuple[list[Manifest], list[Manifest]]:
        """Take a fresh list, of one namespace or of all; gives what is news in it, and what is gone."""
        listed, news = set(), []
        for manifest in manifests:
            listed.add(place_of(manifest))
            if self.put(manifest):
                news.append(manifest)
        gone = {
            place: entry.unpack()
            for place, entry in self._entries.items()
            if place not in listed and entry.version <= version and namespace in (None, place[0])
        }
        for place in gone:
            self._forget(place)
        self._seen = max(self._seen, version)
        return news, list(gone.values())

    def _keep(self, manifest: Mapping[str, Any]) -> bool:
        place = place_of(manifest)
        old = self._entries.get(place)
        if old and old.version >= version_of(manifest):
            return False
        self._forget(place)
        entry = self._entries[place] = _entry(manifest)
        if entry.owner:
            self._owned[entry.owner].add(place)
        return True

    def _forget(self, place: Place) -> bool:
        old = self._entries.pop(place, None)
        self._approved.pop(place, None)
        if old and old.owner:
            self._owned[old.owner].discard(place)
            if not self._owned[old.owner]:
                del self._owned[old.owner]
        return old is not None


class Cache:
    """Every shelf."""

    def __init__(self, shelves: Iterable[Shelf]) -> None:
        self.shelves = tuple(shelves)
        self._by_kind: defaultdict[Kind, list[Shelf]] = defaultdict(list)
        for shelf in self.shelves:
            self._by_kind[shelf.kind].append(shelf)

    def shelf(self, kind: Kind, labels: Mapping[str, str] | None = None) -> Shelf | None:
        """Give the shelf that would hold an object of this kind with these labels."""
        return next(
            (each for each in self._by_kind.get(kind, ()) if not each.label or each.label in (labels or {})), None
        )

    def get(self, kind: Kind, place: Place) -> Manifest | None:
        """Give one object, whichever watch delivered it."""
        found = (shelf.get(place) for shelf in self._by_kind.get(kind, ()))
        return next((manifest for manifest in found if manifest is not None), None)

    def is_complete(self, kind: Kind) -> bool:
        """Say whether an object of this kind that is not here need not be asked for."""
        shelves = self._by_kind.get(kind, [])
        return bool(shelves) and all(shelf.complete for shelf in shelves)
