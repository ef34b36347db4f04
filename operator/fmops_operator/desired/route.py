"""Objects in the gateway's namespace: how they are called, and whose they are.

No owner reference may lead from one namespace to another, so that Kubernetes does not delete them with their owner.
The operator does: whom each belongs to stands in its annotations.
"""

from collections.abc import Mapping

from fmops_api.route import MODEL_ROUTE, OF_NAME, OF_NAMESPACE, PROMPTS_ROUTE, ROUTE_LABEL
from fmops_operator.desired.metadata import digest, short_name
from fmops_operator.manifest import (
    CONFIG_MAP,
    FIELD_MANAGER,
    FOUNDATION_MODEL,
    PROMPT_CATALOG,
    ROUTE_OWNER_LABEL,
    SECRET,
    Key,
    Manifest,
)

_WHAT = {FOUNDATION_MODEL.name: MODEL_ROUTE, PROMPT_CATALOG.name: PROMPTS_ROUTE}
_KIND_OF = {FOUNDATION_MODEL.name: SECRET, PROMPT_CATALOG.name: CONFIG_MAP}
_OWNER_OF = {what: kind for kind, what in _WHAT.items()}


def route_name(owner: Key, *more: str) -> str:
    """Name the object; the hash tells apart what reads alike, as `a-b/c` and `a/b-c`."""
    what = _WHAT[owner.kind]
    return f"{short_name(what, owner.namespace, owner.name, limit=52)}-{digest([*owner, *more])}"


def route_selector(owner: Key) -> dict[str, str]:
    """Give the labels by which everything of `owner` is found."""
    return {ROUTE_LABEL: _WHAT[owner.kind], ROUTE_OWNER_LABEL: digest(list(owner))}


def route_labels(owner: Key) -> dict[str, str]:
    """Give the labels; those of namespace and name are for `kubectl get -l` and may be cut."""
    return {
        **route_selector(owner),
        OF_NAMESPACE: owner.namespace,
        OF_NAME: short_name(owner.name),
        "app.kubernetes.io/part-of": "fmops",
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
    }


def start_route(owner: Key, namespace: str, name: str, annotations: Mapping[str, str]) -> Manifest:
    """Start the manifest of what `owner` has in the gateway's namespace; the caller adds the content."""
    kind = _KIND_OF[owner.kind]
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": route_labels(owner),
        "annotations": {OF_NAMESPACE: owner.namespace, OF_NAME: owner.name, **annotations},
    }
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}


def owner_of(route: Manifest) -> Key | None:
    """Say whose it is; None when a hand has made it unreadable."""
    metadata = route["metadata"]
    annotations = metadata.get("annotations") or {}
    kind = _OWNER_OF.get((metadata.get("labels") or {}).get(ROUTE_LABEL, ""))
    if kind is None or OF_NAMESPACE not in annotations or OF_NAME not in annotations:
        return None
    return Key(kind, annotations[OF_NAMESPACE], annotations[OF_NAME])
