"""A catalogue's bundle as the gateway gets it: the copy that the operator keeps in the gateway's namespace."""

import base64
import gzip
import io
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from fmops_api.route import OF_DIGEST, OF_NAME, OF_NAMESPACE
from fmops_serving.gateway.routes.watch import Manifest, Unreadable

PLAIN_KEY, PACKED_KEY = "bundle.json", "bundle.json.gz"
_LARGEST = 64 * 2**20
"""Bytes of a bundle, unpacked: a catalogue of people is far smaller, and a bomb far larger."""


class Bundle(NamedTuple):
    """The bundle that is in force for a catalogue."""

    namespace: str
    catalog: str
    digest: str
    content: bytes
    """JSON of `fmops_api.evaluationplan.Catalog`."""
    version: int
    """resourceVersion of the copy: of two, the greater is in force."""


def read_bundle(manifest: Manifest) -> Bundle:
    """Read a ConfigMap. Raises Unreadable."""
    metadata = manifest["metadata"]
    notes = metadata.get("annotations") or {}
    text = (manifest.get("data") or {}).get(PLAIN_KEY)
    packed = (manifest.get("binaryData") or {}).get(PACKED_KEY)
    try:
        owner, digest = (notes[OF_NAMESPACE], notes[OF_NAME]), notes[OF_DIGEST]
    except KeyError as error:
        raise Unreadable(f"it has no annotation {error.args[0]}") from None
    if text is None and packed is None:
        raise Unreadable(f"it has neither {PLAIN_KEY} nor {PACKED_KEY}")
    content = str(text).encode() if text is not None else _unpacked(str(packed))
    return Bundle(*owner, digest, content, int(metadata.get("resourceVersion") or 0))


def in_force(bundles: Iterable[Bundle]) -> list[Bundle]:
    """Give the newest bundle of each catalogue: while it moves on to the next there are two for a moment."""
    newest: dict[tuple[str, str], Bundle] = {}
    for bundle in sorted(bundles, key=lambda each: each.version):
        newest[bundle.namespace, bundle.catalog] = bundle
    return list(newest.values())


def _unpacked(packed: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode(packed))) as file:
            content = file.read(_LARGEST + 1)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{PACKED_KEY} cannot be unpacked: {error}") from None
    if len(content) > _LARGEST:
        raise Unreadable(f"{PACKED_KEY} unpacks to more than {_LARGEST} bytes")
    return content
