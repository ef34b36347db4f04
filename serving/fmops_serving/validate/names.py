"""Names, labels and annotations of objects, as the API server asks for them."""

import re
from collections.abc import Iterator
from typing import Any

from fmops_api.crd import AnyKind
from fmops_serving.prompts.faults import Fault

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")


def name_faults(metadata: dict[str, Any], kind: AnyKind) -> Iterator[Fault]:
    """Give what is wrong with an object's metadata."""
    yield from _own_name_faults(metadata, kind)
    namespace = metadata.get("namespace")
    if namespace is not None and not _is(_LABEL, namespace, 63):
        yield Fault(
            "metadata.namespace", f"{namespace!r} is no namespace: lower-case letters, digits and '-', at most 63"
        )
    for field in ("labels", "annotations"):
        yield from _text_faults(field, metadata.get(field))


def _own_name_faults(metadata: dict[str, Any], kind: AnyKind) -> Iterator[Fault]:
    name = metadata.get("name")
    if name is None and metadata.get("generateName"):
        yield Fault("metadata.generateName", f"a {kind.kind_name} is kept in step with its file: give metadata.name")
    elif name is None:
        yield Fault("metadata.name", "is required and missing")
    elif not _is(_SUBDOMAIN, name, 253):
        yield Fault("metadata.name", f"{name!r} is no name: lower-case letters, digits, '-' and '.', at most 253")


def _text_faults(field: str, found: Any) -> Iterator[Fault]:
    if found is None:
        return
    if not isinstance(found, dict):
        yield Fault(f"metadata.{field}", "must be fields with text")
        return
    for name, value in found.items():
        if not isinstance(value, str):
            yield Fault(f"metadata.{field}", f"{name} must be text, found {value!r}: put it in quotes")
        elif field == "labels" and not _is(_VALUE, value, 63):
            yield Fault(
                f"metadata.{field}", f"{name}: {value!r} is no label value: letters, digits, '-', '_', '.', at most 63"
            )


def _is(pattern: re.Pattern[str], value: Any, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and pattern.fullmatch(value) is not None
