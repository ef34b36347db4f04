"""Manifests against what is written down, and against the schemas of the Kubernetes versions that we support."""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from kubernetes_validate import utils

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
# The library reads the definitions of a whole version, megabytes of JSON, for every object that it looks at.
utils.schema_contents = lru_cache(maxsize=None)(utils.schema_contents)


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as such, so that a diff can be read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)


def check_schema(manifest: Mapping[str, Any]) -> None:
    """Hold a manifest against the strict schema of each version; raises ValidationError."""
    for version in VERSIONS:
        check_version(manifest, version)


def check_version(manifest: Mapping[str, Any], version: str) -> None:
    """Hold a manifest against the strict schema of one version; raises ValidationError."""
    utils.validate(dict(manifest), version, strict=True)


def check_golden(path: Path, manifests: Sequence[Mapping[str, Any]]) -> None:
    """Compare with the file; FMOPS_WRITE_GOLDEN=1 writes it anew, for a change that is meant."""
    text = yaml.dump_all(manifests, Dumper=_Readable, sort_keys=True, width=120)
    if os.environ.get("FMOPS_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text, f"{path} differs; if that is meant: FMOPS_WRITE_GOLDEN=1, then look at the diff"
