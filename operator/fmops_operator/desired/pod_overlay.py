"""Lay a model's podTemplate over the one that we built: maps merge, named lists merge by name, null removes."""

from collections.abc import Mapping
from typing import Any

_MERGED = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "ports": "containerPort",
    "imagePullSecrets": "name",
}
"""Lists whose elements are merged, and the field that names an element."""
_EXCHANGED = {"volumes": "name", "env": "name", "volumeMounts": "mountPath", "hostAliases": "ip"}
"""Lists whose elements are exchanged whole: a volume or variable has one source, and two merged would be none."""


def overlay(base: Any, patch: Any) -> Any:
    """Give `base` with `patch` laid over it; neither is changed. What has the wrong shape is left to the API server."""
    if not isinstance(base, Mapping) or not isinstance(patch, Mapping):
        return patch
    merged = dict(base)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _field(key, base.get(key), value)
    return merged


def _field(name: str, base: Any, patch: Any) -> Any:
    if isinstance(base, list) and isinstance(patch, list):
        if name in _MERGED:
            return _by_name(base, patch, _MERGED[name], exchange=False)
        if name in _EXCHANGED:
            return _by_name(base, patch, _EXCHANGED[name], exchange=True)
        return patch
    return overlay(base, patch) if isinstance(base, Mapping) else patch


def _by_name(base: list[Any], patch: list[Any], key: str, *, exchange: bool) -> list[Any]:
    result = list(base)
    for element in patch:
        name = element.get(key) if isinstance(element, Mapping) else None
        at = next((i for i, old in enumerate(result) if name is not None and _named(old, key, name)), None)
        if at is None:
            result.append(element)
        else:
            result[at] = element if exchange else overlay(result[at], element)
    return result


def _named(element: Any, key: str, name: Any) -> bool:
    return isinstance(element, Mapping) and element.get(key) == name
