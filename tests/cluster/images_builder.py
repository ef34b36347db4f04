"""Builds images from Dockerfiles and runs programs in them: by Docker where an engine answers, else by buildah."""

import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.cluster.errors import ClusterError
from tests.cluster.images_plan import Plan
from tests.cluster.paths import cache
from tests.cluster.progress import step


class Builder(Protocol):
    """What makes images."""

    def build(self, plan: Plan, context: Path, secrets: Mapping[str, Path]) -> None:
        """Build it under its reference. Raises ClusterError with the last lines of the build."""

    def save(self, reference: str, archive: Path) -> None:
        """Write the image as an archive that `ctr images import` and `kind load` read."""

    def load(self, reference: str, archive: Path) -> None:
        """Take the image from its archive unless it is stored already."""

    def run(self, what: str, reference: str, command: Sequence[str], mounts: Mapping[Path, str]) -> None:
        """Run a program as root in the image with folders of this machine mounted; `what` is shown meanwhile."""

    def forget(self, reference: str) -> None:
        """Remove the image where it is stored, if it is."""


def find_builder() -> Builder:
    """Docker where its engine answers, else buildah; or the one that FMOPS_BUILDER names.

    An engine that reaches no registry cannot build on public base images: buildah builds on a base made here.
    Raises ClusterError when the wanted one, or both, are missing.
    """
    wanted = os.environ.get("FMOPS_BUILDER", "")
    if wanted not in ("", "docker", "buildah"):
        raise ClusterError(f"FMOPS_BUILDER is {wanted!r}; docker or buildah, or leave it away")
    if wanted != "buildah" and docker_answers():
        return Docker()
    if wanted == "docker":
        raise ClusterError("FMOPS_BUILDER is docker, and no Docker engine answers")
    if not shutil.which("buildah"):
        raise ClusterError(
            "neither a Docker engine nor buildah is here; on Debian: apt-get install buildah debootstrap"
        )
    if os.geteuid() != 0:
        raise ClusterError("buildah is run by root here; start a Docker engine or become root")
    return Buildah(cache() / "buildah")


def docker_answers() -> bool:
    """Whether a Docker engine can be used."""
    try:
        return subprocess.run(["docker", "version"], capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@dataclass(frozen=True)
class Docker:
    """The Docker engine of this machine."""

    def build(self, plan: Plan, context: Path, secrets: Mapping[str, Path]) -> None:
        command = ["docker", "build", "--progress=plain", *_build_flags(plan, context, secrets)]
        _follow(f"building the image {plan.image.name}", command, {"DOCKER_BUILDKIT": "1"})

    def save(self, reference: str, archive: Path) -> None:
        _follow(f"saving the image {reference}", ["docker", "save", "--output", str(archive), reference])

    def load(self, reference: str, archive: Path) -> None:
        inspected = subprocess.run(["docker", "image", "inspect", reference], capture_output=True, check=False)
        if inspected.returncode:
            _follow(f"loading the image {reference}", ["docker", "load", "--input", str(archive)])

    def run(self, what: str, reference: str, command: Sequence[str], mounts: Mapping[Path, str]) -> None:
        volumes = [f"--volume={here}:{there}" for here, there in mounts.items()]
        program, *arguments = command
        where = ["--rm", "--network=none", "--user=0:0", f"--entrypoint={program}", *volumes]
        _follow(what, ["docker", "run", *where, reference, *arguments])

    def forget(self, reference: str) -> None:
        subprocess.run(["docker", "image", "rm", reference], capture_output=True, check=False)


@dataclass(frozen=True)
class Buildah:
    """buildah without a daemon and without a registry, with its store in a folder of ours."""

    store: Path

    def build(self, plan: Plan, context: Path, secrets: Mapping[str, Path]) -> None:
        network = ["--pull-never", "--network=host", "--layers", "--force-rm", "--format=docker"]
        self._call(f"building the image {plan.image.name}", "build", *network, *_build_flags(plan, context, secrets))

    def save(self, reference: str, archive: Path) -> None:
        self._call(f"saving the image {reference}", "push", reference, f"docker-archive:{archive}:{reference}")

    def load(self, reference: str, archive: Path) -> None:
        if not self._ask("images", "--quiet", reference):
            self._call(f"loading the image {reference}", "pull", f"docker-archive:{archive}")

    def run(self, what: str, reference: str, command: Sequence[str], mounts: Mapping[Path, str]) -> None:
        container = self._ask("from", "--pull-never", reference)
        if not container:
            raise ClusterError(f"buildah cannot start from {reference}")
        try:
            where = ["--user=0:0", *(f"--volume={here}:{there}" for here, there in mounts.items())]
            self._call(what, "run", *where, container, "--", *command)
        finally:
            self._ask("rm", container)

    def forget(self, reference: str) -> None:
        self._ask("rmi", reference)

    def _command(self) -> list[str]:
        (self.store / "tmp").mkdir(parents=True, exist_ok=True)
        return ["buildah", f"--root={self.store}/root", f"--runroot={self.store}/run"]

    @property
    def _environment(self) -> dict[str, str]:
        # Neither this machine's container settings nor its user namespaces matter: a chroot is all a build needs.
        return {"CONTAINERS_CONF": os.devnull, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self.store / "tmp")}

    def _call(self, what: str, *arguments: str) -> None:
        _follow(what, [*self._command(), *arguments], self._environment)

    def _ask(self, *arguments: str) -> str:
        environment = {**os.environ, **self._environment}
        asked = subprocess.run(
            [*self._command(), *arguments], capture_output=True, text=True, check=False, env=environment
        )
        return asked.stdout.strip()


def _build_flags(plan: Plan, context: Path, secrets: Mapping[str, Path]) -> list[str]:
    return [
        *(f"--secret=id={name},src={path}" for name, path in secrets.items()),
        *(f"--build-arg={name}={value}" for name, value in plan.arguments.items()),
        *(f"--build-context={name}={folder}" for name, folder in plan.contexts.items()),
        *(f"--target={plan.image.name}", f"--tag={plan.image.reference}", f"--file={plan.dockerfile}"),
        str(context),
    ]


def shorten(line: str) -> str:
    """A line of a build's output as a few words: the number of the instruction instead of its text."""
    step_of = re.match(r"(?:\[(\S+)\] )?STEP (\S+): (\w+)", line)
    if not step_of:
        return line.strip()[:80]
    stage, instruction, word = step_of.groups()
    return f"{f'stage {stage}, ' if stage else ''}instruction {instruction} ({word})"


def _follow(what: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its last line on the screen; raise ClusterError with its last lines when it fails."""
    last: deque[str] = deque(maxlen=30)
    with (
        step(what) as running,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(environment or {})},
        ) as started,
    ):
        assert started.stdout is not None
        for line in started.stdout:
            last.append(line.rstrip())
            running.detail = shorten(line) or running.detail
    if started.returncode:
        raise ClusterError(f"{what} failed (`{command[0]}`, exit status {started.returncode}):\n" + "\n".join(last))
