"""A bundle as the operator writes it: text, or packed when it is too large for a ConfigMap as text."""

import gzip
from pathlib import Path

import pytest

from fmops_serving.evaluate.errors import BadInput
from fmops_serving.evaluate.inputs import read_bundle
from tests.serving.evaluate.plans import write_order


def test_a_packed_bundle_is_the_same_catalogue(tmp_path: Path) -> None:
    order = write_order(tmp_path, "http://127.0.0.1:1/v1")
    plain = order.folder / "bundle.json"
    packed = tmp_path / "bundle.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_bundle(packed) == read_bundle(plain)


@pytest.mark.parametrize("content", [b"{}", b"", gzip.compress(b"{}" * 99)[:20]], ids=["text", "nothing", "cut off"])
def test_a_file_that_is_not_packed_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json.gz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"the bundle .*bundle\.json\.gz is"):
        read_bundle(path)
