"""PromptCatalogs from files, for a gateway without a cluster: the same manifests, as bundles."""

import hashlib
from typing import Any

import orjson
from pydantic import ValidationError

from fmops_api.promptcatalog import PromptCatalog, PromptCatalogSpec
from fmops_serving.gateway.routes.bundle import Bundle
from fmops_serving.prompts.check import catalog_faults
from fmops_serving.prompts.sentences import sentences


def is_catalog(document: Any) -> bool:
    """Tell a PromptCatalog from other documents."""
    return isinstance(document, dict) and document.get("kind") == PromptCatalog.kind_name


def bundle_of(manifest: dict[str, Any]) -> Bundle:
    """Make the bundle of a manifest; its examples are left out, for nobody asks them. Raises ValueError."""
    try:
        spec = PromptCatalogSpec.model_validate(manifest.get("spec"))
    except ValidationError as error:
        path, text = next(sentences(error, PromptCatalogSpec))
        raise ValueError(f"spec.{path}: {text}") from None
    if fault := next(catalog_faults(spec), None):
        raise ValueError(str(fault))
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise ValueError("metadata.name: is required and missing")  # noqa: TRY004 - a fault of content
    entries = {name: [each.to_manifest() for each in found or []]
               for name, found in (("templates", spec.templates), ("chains", spec.chains))}  # fmt: skip
    content = orjson.dumps(entries, option=orjson.OPT_SORT_KEYS)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Bundle(str(metadata.get("namespace") or "default"), metadata["name"], digest, content, 0)
