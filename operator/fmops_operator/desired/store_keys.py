"""The keys of an object store, as variables of a pod."""

from collections.abc import Callable

from fmops_api.objectstore import CREDENTIALS, ObjectStore
from fmops_operator.manifest import Manifest


def store_keys(store: ObjectStore, name: Callable[[str], str] = str) -> list[Manifest]:
    """Take the credentials out of the Secret, key by key: what else it holds never reaches the pod."""
    if store.credentials_secret_ref is None:
        return []
    return [
        {"name": name(key), "valueFrom": {"secretKeyRef": _key(store.credentials_secret_ref.name, key, required)}}
        for key, required in CREDENTIALS[store.scheme].items()
    ]


def _key(secret: str, key: str, required: bool) -> Manifest:
    return {"name": secret, "key": key, **({} if required else {"optional": True})}
