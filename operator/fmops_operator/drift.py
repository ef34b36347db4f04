"""What of a desired manifest the live object lacks: pure.

Server-side apply would answer the same, at the price of a request. The comparison asks only for what we want: fields
that the API server or somebody else added do not count, as they do not count in server-side apply.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fmops_api.scalars import quantity
from fmops_operator.manifest import Manifest

_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "ownerReferences": ("uid",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "hostAliases": ("ip",),
    "conditions": ("type",),
    "claims": ("name",),
}
"""Lists that server-side apply merges by these keys; every other list belongs to us as a whole."""
_QUANTITIES = {"requests", "limits", "hard", "emptyDir", "capacity"}
_SERVER_OWNED = ("status",)


def differs(desired: Manifest, live: Mapping[str, Any]) -> list[str]:
    """List the paths at which `live` is not as `desired` asks; empty when there is nothing to write."""
    wanted = {key: value for key, value in desired.items() if key not in _SERVER_OWNED}
    return list(_object(wanted, live, ""))


def _object(desired: Mapping[str, Any], live: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, value in desired.items():
        yield from _value(value, live.get(key), f"{path}.{key}" if path else key)


def _value(desired: Any, live: Any, path: str) -> Iterator[str]:
    if _is_nothing(desired) and _is_nothing(live):
        return  # the API server drops empty values of optional fields
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        yield from _object(desired, live, path)
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _list(desired, live, path)
    elif not _same(desired, live, path):
        yield path


def _list(desired: list[Any], live: list[Any], path: str) -> Iterator[str]:
    keys = _keys(path, desired)
    if keys:
        yield from _merged(desired, live, keys, path)
    elif len(desired) != len(live):
        yield path
    else:
        for index, (want, have) in enumerate(zip(desired, live, strict=True)):
            yield from _value(want, have, f"{path}[{index}]")


def _merged(desired: list[Any], live: list[Any], keys: Sequence[str], path: str) -> Iterator[str]:
    there = {_identity(each, keys): each for each in live}
    for want in desired:
        have = there.get(_identity(want, keys))
        here = f"{path}[{want[keys[0]]}]"
        yield from [here] if have is None else _value(want, have, here)


def _keys(path: str, items: Sequence[Any]) -> tuple[str, ...]:
    name = path.rpartition(".")[2]
    if name == "ports":  # containers and Services merge theirs by different keys, a NetworkPolicy not at all
        if ".ingress[" in path or ".egress[" in path:
            return ()
        return ("containerPort", "protocol") if any("containerPort" in each for each in items) else ("port", "protocol")
    return _KEYS.get(name, ())


def _identity(item: Mapping[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    defaults = {"protocol": "TCP"}
    return tuple(item.get(key, defaults.get(key)) for key in keys)


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (str, list, dict, int)) and not value)


def _same(desired: Any, live: Any, path: str) -> bool:
    if desired == live:
        return True
    if not _is_quantity(path):
        return False
    try:
        return quantity(str(desired)) == quantity(str(live))
    except ValueError:
        return False


def _is_quantity(path: str) -> bool:
    parts = path.replace("[", ".").split(".")
    return bool(_QUANTITIES.intersection(parts)) or parts[-1] in {"divisor", "storage", "sizeLimit"}
