"""Names, labels, owners and hashes of children: made here and nowhere else."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fmops_api.meta import Model, Resource
from fmops_operator.manifest import FIELD_MANAGER, OWNER_LABELS, Kind, Manifest

AnyResource = Resource[Any, Any]


def digest(value: Any, length: int = 10) -> str:
    """Hash a JSON value, the same for the same value, in `length` hexadecimal digits."""
    plain = value.to_manifest() if isinstance(value, Model) else value
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:length]


def short_name(*parts: str, limit: int = 63) -> str:
    """Join parts with '-' within `limit` characters; a name that is cut ends in a hash of the whole."""
    name = "-".join(parts).replace(".", "-")
    if len(name) <= limit:
        return name
    return f"{name[: limit - 9].rstrip('-')}-{digest(name, 8)}"


def selector(owner: AnyResource) -> dict[str, str]:
    """Give the label that every child of `owner` carries and that never changes."""
    return {OWNER_LABELS[owner.kind_name]: short_name(owner.metadata.name)}


def labels(owner: AnyResource, component: str) -> dict[str, str]:
    """Give the labels of a child."""
    return {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": short_name(owner.metadata.name),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": "fmops",
        "app.kubernetes.io/managed-by": FIELD_MANAGER,
        **selector(owner),
    }


def owner_reference(owner: AnyResource) -> dict[str, Any]:
    """Point at the owner, so that Kubernetes deletes the child with it."""
    return {
        "apiVersion": owner.api_version,
        "kind": owner.kind_name,
        "name": owner.metadata.name,
        "uid": owner.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def labelled(manifest: Manifest, more: Mapping[str, str]) -> Manifest:
    """Give a child further labels; its own stay as they are."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**more, **metadata["labels"]}}}


def child(
    owner: AnyResource, kind: Kind, name: str, component: str, annotations: Mapping[str, str] | None = None
) -> Manifest:
    """Start the manifest of a child: kind, name, labels and owner; the caller adds the rest."""
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": owner.metadata.namespace,
        "labels": labels(owner, component),
        "ownerReferences": [owner_reference(owner)],
    }
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}
