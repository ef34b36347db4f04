"""One object: is it of our kinds, of the right shape, within the rules?"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from fmops_api import API_VERSION, GROUP
from fmops_api.crd import KINDS, AnyKind
from fmops_api.evaluationrun import EvaluationRun
from fmops_api.foundationmodel import FoundationModel
from fmops_api.meta import Resource
from fmops_serving.evaluate.score.metricfaults import metric_faults
from fmops_serving.guard.pattern import compiled
from fmops_serving.prompts.faults import Fault, did_you_mean
from fmops_serving.prompts.sentences import sentences
from fmops_serving.validate.cel import broken_rules
from fmops_serving.validate.documents import Document
from fmops_serving.validate.names import name_faults

AnyResource = Resource[Any, Any]
_TYPES: dict[str, AnyKind] = {kind.kind_name: kind for kind in KINDS}
_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
_FREE = frozenset({"podTemplate", "affinity", "outputSchema", "schema", "detectorParameters", "chatTemplateArguments"})
"""Fields whose content is not ours to judge."""


class Checked(NamedTuple):
    """An object of ours that was read, or the faults that prevent it. Neither: it is somebody else's."""

    resource: AnyResource | None
    faults: list[Fault]


def check(document: Document, stored: Document | None = None) -> Checked:
    """Check one object by itself; with `stored`, also that the change from it is allowed."""
    if faults := _identity_faults(document):
        return Checked(None, faults)
    kind = _TYPES.get(document.kind)
    if kind is None:
        return Checked(None, [])
    faults = [
        *name_faults(document.metadata, kind),
        *_top_faults(document),
        *_empty(document.value.get("spec"), "spec"),
    ]
    try:
        resource = _parse(kind, document)
    except ValidationError as error:
        return Checked(None, [*faults, *(Fault(*found) for found in sentences(error, kind))])
    before = _stored(kind, stored)
    faults.extend(Fault(path.removeprefix("."), text) for path, text in broken_rules(resource, "", before))
    if isinstance(resource, EvaluationRun):
        faults.extend(Fault(f"spec.{path}", text) for path, text in metric_faults(resource.spec.metrics))
    if isinstance(resource, FoundationModel):
        faults.extend(_pattern_faults(resource))
    return Checked(resource, faults)


def _pattern_faults(model: FoundationModel) -> Iterator[Fault]:
    """Compile patterns as the gateway does; to know more than the syntax takes the library itself."""
    for place, rail in enumerate(model.spec.guardrails or ()):
        if rail.pattern is not None:
            try:
                compiled(rail.pattern)
            except ValueError as error:
                yield Fault(f"spec.guardrails[{place}].pattern", str(error))


def _parse(kind: AnyKind, document: Document) -> AnyResource:
    """Read strictly and as JSON, for the API server takes no text for a number either."""
    readable = {**document.value, "metadata": _readable(document.metadata), "status": {}}
    return kind.model_validate_json(json.dumps(readable), strict=True)


def _identity_faults(document: Document) -> list[Fault]:
    kind, version = document.kind, document.api_version
    if not kind or not version:
        missing = " and ".join(name for name, found in (("apiVersion", version), ("kind", kind)) if not found)
        return [Fault("", f"is no Kubernetes object: {missing} missing")]
    ours = version.partition("/")[0] == GROUP
    if kind in _TYPES and version != API_VERSION:
        return [Fault("apiVersion", f"is {version}, and {kind} is of {API_VERSION}")]
    if ours and kind not in _TYPES:
        return [Fault("kind", f"there is no kind {kind} in {GROUP}{did_you_mean(kind, _TYPES)}")]
    return []


def _top_faults(document: Document) -> list[Fault]:
    unknown = [name for name in document.value if name not in _TOP]
    return [Fault(name, f"there is no such field{did_you_mean(name, _TOP)}") for name in unknown]


def _readable(metadata: dict[str, Any]) -> dict[str, Any]:
    """Keep what a file may say and a selector looks at; the rest of metadata is the API server's own business."""
    found = metadata.get("labels")
    labels = {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
    name, namespace = str(metadata.get("name") or ""), str(metadata.get("namespace") or "default")
    return {"name": name, "namespace": namespace, "labels": labels}


def _empty(value: Any, path: str) -> Iterator[Fault]:
    """Find names without a value: the API server refuses what our types read as absent."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in _FREE:
                yield from _empty(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _empty(part, f"{path}[{index}]")
    elif value is None and path != "spec":
        yield Fault(path, "has no value: give one or remove the name")


def _stored(kind: AnyKind, stored: Document | None) -> AnyResource | None:
    """Read the earlier version; one that is faulty by itself was never accepted, so nothing is compared with it."""
    try:
        return _parse(kind, stored) if stored else None
    except ValidationError:
        return None
