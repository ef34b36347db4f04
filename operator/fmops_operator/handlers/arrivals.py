"""What the watches deliver, put on the shelves, and whom it wakes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fmops_api import GROUP
from fmops_operator.cache import Cache, Shelf, place_of
from fmops_operator.desired.metadata import short_name
from fmops_operator.manifest import FOUNDATION_MODEL, OWNER_LABELS, PROMPT_CATALOG, Key, Kind, Manifest, kind_of
from fmops_operator.references import Reference, References, Selections, references_of, selector_of
from fmops_operator.watch import Scope

_KIND_OF_LABEL = {label: kind for kind, label in OWNER_LABELS.items()}


class Children:
    """Receives our children: keeps them and wakes their owners."""

    def __init__(self, shelf: Shelf, wake: Callable[[Manifest], None]) -> None:
        self._shelf = shelf
        self._wake = wake

    def listed(self, scope: Scope, manifests: list[Manifest], version: int) -> None:
        """Take the whole list, and wake the owners of what is new or gone."""
        for each in self._shelf.replace(scope.namespace, manifests, version):
            for manifest in each:
                self._wake(manifest)

    def changed(self, _: Scope, manifest: Manifest) -> None:
        """Keep it; what we wrote ourselves is no news and wakes nobody."""
        if self._shelf.put(manifest):
            self._wake(manifest)

    def deleted(self, _: Scope, manifest: Manifest) -> None:
        """Forget it."""
        if self._shelf.drop(manifest):
            self._wake(manifest)


class Mentioned:
    """Receives objects that users make and our objects mention; keeps nothing."""

    def __init__(self, references: References, wake: Callable[[Iterable[Key]], None]) -> None:
        self._references = references
        self._wake = wake

    def listed(self, scope: Scope, _: list[Manifest], __: int) -> None:
        """Wake whoever mentions any: what came and went in between is not known."""
        self._wake(self._references.to_any(scope.kind, scope.namespace))

    def changed(self, scope: Scope, manifest: Manifest) -> None:
        """Wake whoever mentions it."""
        self._wake(self._references.to(Reference(scope.kind, *place_of(manifest))))

    def deleted(self, scope: Scope, manifest: Manifest) -> None:
        """Wake whoever mentions it."""
        self.changed(scope, manifest)


class Ours:
    """Receives our own three kinds: keeps them, indexes what they mention, tells the observers and wakes."""

    def __init__(
        self, cache: Cache, wake: Callable[[Iterable[Key]], None], wake_soon: Callable[[Key], None], observe: "Observe"
    ) -> None:
        self._cache = cache
        self._wake = wake
        self._wake_soon = wake_soon
        self._observe = observe
        self.references = References()
        self._selections = Selections()
        self._shortened: dict[Key, str] = {}

    def listed(self, scope: Scope, manifests: list[Manifest], version: int) -> None:
        """Take the whole list of a kind."""
        news, gone = self._shelf(scope.kind).replace(scope.namespace, manifests, version)
        for manifest in news:
            self._arrived(manifest)
        for manifest in gone:
            self._left(manifest)

    def changed(self, scope: Scope, manifest: Manifest) -> None:
        """Take a new or changed object."""
        if self._shelf(scope.kind).put(manifest):
            self._arrived(manifest)

    def deleted(self, scope: Scope, manifest: Manifest) -> None:
        """Forget an object."""
        if self._shelf(scope.kind).drop(manifest):
            self._left(manifest)

    def wrote(self, manifest: Manifest) -> None:
        """Take a status that we wrote ourselves: others look at it, the object itself need not be looked at again."""
        self._observe(key_of(manifest), manifest)
        self._wake(self._mentioning(manifest))
        if (manifest.get("status") or {}).get("sourceChangedAt"):
            self._wake(_catalogs(references_of(manifest)))

    def keys(self) -> list[Key]:
        """Give every object."""
        kinds = ((shelf, shelf.kind.name) for shelf in self._cache.shelves if shelf.kind.name in OWNER_LABELS)
        return [Key(kind, *place) for shelf, kind in kinds for place in shelf.places()]

    def wake_owner(self, child: Manifest) -> None:
        """Wake the object that a child belongs to: by its label, and by its owner, as a hand may change the label."""
        labels, namespace = child["metadata"].get("labels") or {}, place_of(child)[0]
        for label in labels.keys() & _KIND_OF_LABEL.keys():
            key = Key(_KIND_OF_LABEL[label], namespace, labels[label])
            self._wake_soon(key._replace(name=self._shortened.get(key, key.name)))
        owners = child["metadata"].get("ownerReferences", ())
        for each in owners:
            if each["kind"] in OWNER_LABELS:
                self._wake_soon(Key(each["kind"], namespace, each["name"]))

    def wake_users(self, manifest: Manifest) -> None:
        """Wake whoever owns an object or mentions it."""
        self.wake_owner(manifest)
        self._wake(self._mentioning(manifest))

    def _arrived(self, manifest: Manifest) -> None:
        key = key_of(manifest)
        if short_name(key.name) != key.name:
            self._shortened[key._replace(name=short_name(key.name))] = key.name
        changed = self.references.put(key, references_of(manifest))
        self._selections.put(key, selector_of(manifest))
        self._observe(key, manifest)
        self._wake([key, *self._mentioning(manifest), *_catalogs(changed)])

    def _left(self, manifest: Manifest) -> None:
        key = key_of(manifest)
        self._shortened.pop(key._replace(name=short_name(key.name)), None)
        gone = self.references.drop(key)
        self._selections.put(key, None)
        self._observe(key, None)
        self._wake([key, *self._mentioning(manifest, gone=True), *_catalogs(gone)])

    def _mentioning(self, manifest: Manifest, *, gone: bool = False) -> Iterable[Key]:
        """Give those that look at an object: a model that a chain names is looked at by the runs on the catalogue."""
        kind, place = kind_of(manifest), place_of(manifest)
        named = self.references.to(Reference(kind, *place))
        if kind != FOUNDATION_MODEL:
            return named
        catalogs = {key for key in named if key.kind == PROMPT_CATALOG.name}
        places = [Reference(PROMPT_CATALOG, key.namespace, key.name) for key in catalogs]
        labels = None if gone else manifest["metadata"].get("labels") or {}
        through_chains = {key for each in places for key in self.references.to(each)}
        return ({*named} - catalogs) | through_chains | {*self._selections.met(*place, labels)}

    def _shelf(self, kind: Kind) -> Shelf:
        shelf = self._cache.shelf(kind)
        if shelf is None:
            raise LookupError(f"no shelf for {kind.name} of {GROUP}")
        return shelf


def _catalogs(changed: Iterable[Reference]) -> Iterable[Key]:
    """Give the catalogues that somebody began or ceased to name: their status tells who does."""
    return [Key(each.kind.name, each.namespace, each.name) for each in changed if each.kind == PROMPT_CATALOG]


Observe = Callable[[Key, Mapping[str, Any] | None], None]
"""Told of each object of ours as it is now, or None when it is gone."""


def key_of(manifest: Mapping[str, Any]) -> Key:
    """Say which of our objects this is."""
    return Key(manifest["kind"], *place_of(manifest))
