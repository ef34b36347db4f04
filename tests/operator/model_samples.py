"""FoundationModels that the operator's tests start from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fmops_api import API_VERSION
from fmops_api.foundationmodel import FoundationModel
from fmops_operator.desired.foundationmodel import Surroundings
from fmops_operator.settings import EngineImages, Settings

CASES = Path(__file__).parents[1] / "data" / "foundationmodel"
IMAGES = EngineImages(nvidia="vllm/nvidia:1", amd="vllm/amd:1", cpu="vllm/cpu:1")
AROUND = Surroundings(Settings(), IMAGES)
VOLUME = {"persistentVolumeClaim": {"claimName": "weights", "path": "small"}}
REPOSITORY = {"huggingFace": {"repo": "org/model"}}
PROVIDER = {"provider": {"baseURL": "https://api.example/v1", "model": "big-1"}}


def model_manifest(spec: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """A chat model `small` on the volume `weights`; `spec` adds and replaces fields."""
    return {
        "apiVersion": API_VERSION,
        "kind": "FoundationModel",
        "metadata": {"name": "small", "namespace": "support", "uid": "u-1", "generation": 1, **metadata},
        "spec": {"task": "Chat", "source": VOLUME, **(spec or {})},
    }


def model(
    spec: Mapping[str, Any] | None = None, status: Mapping[str, Any] | None = None, **metadata: Any
) -> FoundationModel:
    """The same, read."""
    return FoundationModel.parse({**model_manifest(spec, **metadata), "status": dict(status or {})})


def case(name: str) -> FoundationModel:
    """A representative model of tests/data/foundationmodel."""
    return FoundationModel.parse(yaml.safe_load((CASES / name / "in.yaml").read_text()))
