"""The real Helm, for tests of the chart."""

import os
import subprocess
from functools import cache as cache_result
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.build import built_programs
from tests.cluster.paths import REPOSITORY, cache

CHART = REPOSITORY / "charts" / "fmops"


def helm(
    *arguments: str, check: bool = True, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run helm; raises AssertionError with what it said when it fails and `check` is set."""
    home = cache() / "helm"
    own = {
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
    }
    done = subprocess.run(
        [str(built_programs() / "helm"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **own, **(environment or {})},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0 or not check, f"helm {' '.join(arguments)}\n{done.stderr}{done.stdout}"
    return done


@cache_result
def template(values: tuple[str, ...] = (), *, release: str = "fmops", namespace: str = "fmops-system") -> str:
    """Render the chart as YAML, with values as `--set` takes them."""
    chosen = [part for value in values for part in ("--set", value)]
    return helm("template", release, str(CHART), "--namespace", namespace, *chosen).stdout


def objects(rendered: str) -> list[dict[str, Any]]:
    """Read rendered YAML as objects."""
    return [document for document in yaml.load_all(rendered, Loader=yaml.CSafeLoader) if document]


def without_crds(rendered: str) -> str:
    """Leave out the CRDs: they are generated and compared elsewhere."""
    parts = rendered.split("\n---\n")
    return "\n---\n".join(part for part in parts if "kind: CustomResourceDefinition" not in part)


def write(path: Path, text: str) -> None:
    """Write a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
