"""Who mentions whom: what an object's spec refers to, and the index that answers the other way round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Key, Kind


class Reference(NamedTuple):
    """An object that another one mentions."""

    kind: Kind
    namespace: str
    name: str


_FIELDS: Mapping[str, Kind] = {
    "catalog": PROMPT_CATALOG,
    "configMapKeyRef": CONFIG_MAP,
    "configMap": CONFIG_MAP,
    "model": FOUNDATION_MODEL,
}
_LISTS: Mapping[str, Kind] = {"models": FOUNDATION_MODEL}
_CLAIMS = "persistentVolumeClaim"


def references_of(manifest: Mapping[str, Any]) -> frozenset[Reference]:
    """Give everything watchable that the spec mentions, wherever it stands in it. Secrets are never watched."""
    namespace = manifest["metadata"].get("namespace", "")
    return frozenset(Reference(kind, namespace, name) for kind, name in _mentions(manifest.get("spec") or {}))


def _mentions(part: Any) -> Iterator[tuple[Kind, str]]:
    if isinstance(part, list):
        for item in part:
            yield from _mentions(item)
    elif isinstance(part, Mapping):
        for field, value in part.items():
            yield from _named(field, value)
            yield from _mentions(value)


def _named(field: str, value: Any) -> Iterator[tuple[Kind, str]]:
    if field in _FIELDS and isinstance(value, Mapping) and "name" in value:
        yield _FIELDS[field], value["name"]
    elif field in _LISTS and isinstance(value, list):
        yield from ((_LISTS[field], each["name"]) for each in value if isinstance(each, Mapping) and "name" in each)
    elif field == _CLAIMS and isinstance(value, Mapping) and "claimName" in value:
        yield CLAIM, value["claimName"]


class References:
    """The index: from an object to those that mention it."""

    def __init__(self) -> None:
        self._of: dict[Key, frozenset[Reference]] = {}
        self._to: defaultdict[Reference, set[Key]] = defaultdict(set)

    def put(self, key: Key, references: frozenset[Reference]) -> None:
        """Note what an object mentions now."""
        old = self._of.get(key, frozenset())
        if references == old:
            return
        for gone in old - references:
            self._to[gone].discard(key)
            if not self._to[gone]:
                del self._to[gone]
        for new in references - old:
            self._to[new].add(key)
        self._of[key] = references

    def drop(self, key: Key) -> None:
        """Forget an object."""
        self.put(key, frozenset())
        self._of.pop(key, None)

    def to(self, reference: Reference) -> Iterable[Key]:
        """Give those that mention an object."""
        return tuple(self._to.get(reference, ()))

    def to_any(self, kind: Kind, namespace: str | None) -> Iterable[Key]:
        """Give those that mention any object of a kind, in one namespace or in all."""
        found = (keys for to, keys in self._to.items() if to.kind == kind and namespace in (None, to.namespace))
        return {key for keys in found for key in keys}
