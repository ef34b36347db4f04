"""The bundle of a PromptCatalog: an immutable ConfigMap, named by the digest of what it holds."""

import base64
import gzip
import json
from collections.abc import Sequence

from fmops_api import GROUP
from fmops_api.catalogsource import CatalogSource
from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.desired.metadata import child, short_name
from fmops_operator.manifest import CONFIG_MAP, Manifest

COMPONENT = "prompt-bundle"
BUNDLE_LABEL = f"{GROUP}/bundle"
"""Label on whatever uses a bundle, with the bundle's name."""
DIGEST_ANNOTATION = f"{GROUP}/digest"
SOURCES_ANNOTATION = f"{GROUP}/sources"
"""On a bundle, where the examples stand that it names by digest: they may be moved without being other ones."""
PLAIN_KEY = "bundle.json"
PACKED_KEY = "bundle.json.gz"
LIMIT = 1_000_000
"""Bytes of content; Kubernetes allows 1 MiB for a ConfigMap's data, keys and some room included."""


class BundleTooLargeError(Exception):
    """The resolved entries do not fit a ConfigMap, even compressed."""


def bundle_name(catalog: str, digest: str) -> str:
    """Name the bundle of a catalogue with this digest (`sha256:...`)."""
    return short_name(catalog, digest.removeprefix("sha256:")[:10])


def build_bundle(
    catalog: PromptCatalog, digest: str, content: bytes, sources: Sequence[CatalogSource] = ()
) -> Manifest:
    """Build the ConfigMap: text for people to read, or gzip when it is too large; raises BundleTooLargeError."""
    annotations = {DIGEST_ANNOTATION: digest}
    if sources:
        annotations[SOURCES_ANNOTATION] = json.dumps([source.to_manifest() for source in sources])
    manifest = child(catalog, CONFIG_MAP, bundle_name(catalog.metadata.name, digest), COMPONENT, annotations)
    manifest["immutable"] = True
    if len(content) <= LIMIT:
        return {**manifest, "data": {PLAIN_KEY: content.decode()}}
    packed = gzip.compress(content, mtime=0)
    if len(packed) > LIMIT:
        raise BundleTooLargeError(
            f"the resolved entries take {len(content)} bytes, {len(packed)} compressed, and a ConfigMap holds {LIMIT}: "
            "move examples to a second catalogue"
        )
    return {**manifest, "binaryData": {PACKED_KEY: base64.b64encode(packed).decode()}}


def read_bundle(bundle: Manifest) -> bytes | None:
    """Give the content of a bundle, or None when the ConfigMap is not one."""
    text = (bundle.get("data") or {}).get(PLAIN_KEY)
    if text is not None:
        return str(text).encode()
    packed = (bundle.get("binaryData") or {}).get(PACKED_KEY)
    return None if packed is None else gzip.decompress(base64.b64decode(packed))


def sources_in(bundle: Manifest) -> list[CatalogSource]:
    """Say where the examples stand that a bundle names by digest."""
    text = (bundle["metadata"].get("annotations") or {}).get(SOURCES_ANNOTATION, "[]")
    return [CatalogSource.model_validate(each) for each in json.loads(text)]


def bundle_key(bundle: Manifest) -> str:
    """Name the key, and so the file, that holds the content of a bundle."""
    return PACKED_KEY if PACKED_KEY in (bundle.get("binaryData") or {}) else PLAIN_KEY
