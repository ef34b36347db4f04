"""The copy of a catalogue's bundle in the gateway's namespace: immutable, and named by its digest."""

from fmops_api.route import OF_DIGEST
from fmops_operator.desired.promptcatalog import DIGEST_ANNOTATION
from fmops_operator.desired.route import route_name, start_route
from fmops_operator.manifest import Key, Manifest


def build_bundle_copy(owner: Key, bundle: Manifest, namespace: str) -> Manifest:
    """Build the ConfigMap: the content as it is, compressed or not."""
    digest = bundle["metadata"]["annotations"][DIGEST_ANNOTATION]
    manifest = start_route(owner, namespace, route_name(owner, digest), {OF_DIGEST: digest})
    content = {field: bundle[field] for field in ("data", "binaryData") if bundle.get(field)}
    return {**manifest, "immutable": True, **content}
