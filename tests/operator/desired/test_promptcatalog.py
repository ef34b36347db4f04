"""The bundle of a catalogue, as Kubernetes gets it."""

import random

import pytest

from fmops_api.promptcatalog import PromptCatalog
from fmops_operator.desired.promptcatalog import (
    LIMIT,
    BundleTooLargeError,
    build_bundle,
    bundle_key,
    bundle_name,
    read_bundle,
)
from tests.operator.evaluation_samples import DIGEST, catalog_manifest
from tests.support.golden import check_schema


def catalog(name: str = "tickets") -> PromptCatalog:
    return PromptCatalog.parse({**catalog_manifest(), "metadata": {"name": name, "namespace": "support", "uid": "u-1"}})


def noise(size: int) -> bytes:
    """Text that does not compress to less than about three quarters."""
    return random.Random(7).randbytes(size).hex().encode()[:size]


def test_a_bundle_is_text_that_people_can_read() -> None:
    bundle = build_bundle(catalog(), DIGEST, b'{"templates": []}')
    check_schema(bundle)
    assert bundle["immutable"] is True
    assert bundle["data"] == {"bundle.json": '{"templates": []}'}
    assert (bundle_key(bundle), read_bundle(bundle)) == ("bundle.json", b'{"templates": []}')


def test_a_bundle_that_is_too_large_as_text_is_compressed_and_the_same_every_time() -> None:
    content = noise(LIMIT + 1)
    bundle = build_bundle(catalog(), DIGEST, content)
    check_schema(bundle)
    assert "data" not in bundle
    assert bundle == build_bundle(catalog(), DIGEST, content)
    assert (bundle_key(bundle), read_bundle(bundle)) == ("bundle.json.gz", content)


def test_a_bundle_that_no_config_map_holds_is_refused_with_its_size() -> None:
    with pytest.raises(BundleTooLargeError, match=r"take 3000000 bytes, .* a ConfigMap holds 1000000: move examples"):
        build_bundle(catalog(), DIGEST, noise(3_000_000))


def test_a_config_map_that_is_no_bundle_reads_as_none() -> None:
    assert read_bundle({"data": {"other": "x"}}) is None


@pytest.mark.parametrize("length", [1, 52, 53, 63, 253])
def test_bundle_names_are_short_enough_to_be_labels(length: int) -> None:
    name = bundle_name("c" * length, DIGEST)
    assert len(name) <= 63
    assert name == bundle_name("c" * length, DIGEST) != bundle_name("c" * length, "sha256:" + "cd" * 32)
