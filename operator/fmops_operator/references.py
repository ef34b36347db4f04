"""Who mentions whom: what an object's spec refers to, and the index that answers the other way round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from fmops_api.labelselector import LabelSelector
from fmops_operator.manifest import CLAIM, CONFIG_MAP, FOUNDATION_MODEL, PROMPT_CATALOG, Key, Kind


class Reference(NamedTuple):
    """An object that another one mentions."""

    kind: Kind
    namespace: str
    name: str


_FIELDS: Mapping[str, Kind] = {
    "catalog": PROMPT_CATALOG,
    "model": FOUNDATION_MODEL,
    "embedder": FOUNDATION_MODEL,
    "configMapKeyRef": CONFIG_MAP,
    "configMap": CONFIG_MAP,
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


def selector_of(manifest: Mapping[str, Any]) -> LabelSelector | None:
    """Give the selector by which an EvaluationRun takes models; None when it has none that can be read."""
    raw = ((manifest.get("spec") or {}).get("candidates") or {}).get("selector")
    try:
        return LabelSelector.model_validate(raw) if raw else None
    except ValidationError:
        return None  # the look at the run says what is wrong with it


class Selections:
    """The index by labels: from a model to the runs whose selector matches it, or did before its labels changed."""

    def __init__(self) -> None:
        self._selectors: dict[Key, LabelSelector] = {}
        self._labels: dict[tuple[str, str], Mapping[str, str]] = {}

    def put(self, key: Key, selector: LabelSelector | None) -> None:
        """Note by what an object selects now; None when it does not."""
        if selector is None:
            self._selectors.pop(key, None)
        else:
            self._selectors[key] = selector

    def met(self, namespace: str, name: str, labels: Mapping[str, str] | None) -> Iterable[Key]:
        """Note a model's labels, None when it is gone; gives those that select it now or did before."""
        before = self._labels.pop((namespace, name), None)
        if labels is not None:
            self._labels[namespace, name] = labels
        either = [each for each in (before, labels) if each is not None]
        return [
            key
            for key, selector in self._selectors.items()
            if key.namespace == namespace and any(map(selector.matches, either))
        ]


class References:
    """The index: from an object to those that mention it."""

    def __init__(self) -> None:
        self._of: dict[Key, frozenset[Reference]] = {}
        self._to: defaultdict[Reference, set[Key]] = defaultdict(set)

    def put(self, key: Key, references: frozenset[Reference]) -> frozenset[Reference]:
        """Note what an object mentions now; gives what it mentions no more or did not mention before."""
        old = self._of.get(key, frozenset())
        for gone in old - references:
            self._to[gone].discard(key)
            if not self._to[gone]:
                del self._to[gone]
        for new in references - old:
            self._to[new].add(key)
        self._of[key] = references
        return references ^ old

    def drop(self, key: Key) -> frozenset[Reference]:
        """Forget an object; gives what it mentioned."""
        gone = self.put(key, frozenset())
        self._of.pop(key, None)
        return gone

    def to(self, reference: Reference) -> Iterable[Key]:
        """Give those that mention an object."""
        return tuple(self._to.get(reference, ()))

    def to_any(self, kind: Kind, namespace: str | None) -> Iterable[Key]:
        """Give those that mention any object of a kind, in one namespace or in all."""
        found = (keys for to, keys in self._to.items() if to.kind == kind and namespace in (None, to.namespace))
        return {key for keys in found for key in keys}
