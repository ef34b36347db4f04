"""Builds Kubernetes, etcd, CoreDNS, Helm, kwok and an S3 server from Go, once per machine and set of sources."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.gotoolchain import find_go
from tests.cluster.paths import TOOLS, cache
from tests.cluster.progress import Step, say, step

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")
KWOK_STAGES = "kwok-stages"
OBJECT_STORE = "versitygw"


@dataclass(frozen=True)
class Program:
    """A program and the Go package it is built from."""

    name: str
    package: str
    links: tuple[str, ...] = ()


PROGRAMS = (
    Program("kube", "./kube", KUBERNETES),
    Program("etcd", "go.etcd.io/etcd/server/v3"),
    Program("coredns", "./coredns"),
    Program("helm", "helm.sh/helm/v4/cmd/helm"),
    Program(OBJECT_STORE, "github.com/versity/versitygw/cmd/versitygw"),
    Program("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
)


def sources_key() -> str:
    """The first 12 hex digits of the digest of everything that decides what the programs are."""
    digest = hashlib.sha256()
    for source in (TOOLS / "go.mod", TOOLS / "go.sum", *sorted(TOOLS.glob("*/main.go"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def built_programs() -> Path:
    """The folder of the programs that this checkout's sources make; nothing need be there yet."""
    return cache() / "bin" / sources_key()


def find_programs() -> Path:
    """A folder with the control plane's programs: KUBEBUILDER_ASSETS when it has them all, else our own.

    Raises ClusterError, naming the command that helps, when they are not built.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and not missing_programs(Path(assets), CONTROL_PLANE):
        return Path(assets)
    folder = built_programs()
    if missing := missing_programs(folder, CONTROL_PLANE):
        raise ClusterError(f"{', '.join(missing)} not built in {folder}; run `python -m tests.cluster build` first")
    return folder


def missing_programs(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Those of `names` that are not executables in `folder`."""
    return [name for name in names if not os.access(folder / name, os.X_OK)]


def build() -> Path:
    """Build what is missing and return the folder; two builds at once are one build and one wait.

    Raises ClusterError with the compiler's last lines when a program does not build.
    """
    folder = built_programs()
    folder.mkdir(parents=True, exist_ok=True)
    if not _unfinished(folder):
        return folder
    say("building Kubernetes from source: 5 to 10 minutes the first time, under a minute with Go's caches")
    with _only_one_build(folder):
        go = find_go() if _unfinished(folder) else Path()
        for program in _unfinished(folder):
            _build_program(go, program, folder)
        _copy_kwok_stages(go, folder)
    return folder


def _unfinished(folder: Path) -> list[Program]:
    missing = [p for p in PROGRAMS if missing_programs(folder, (p.name, *p.links))]
    return missing or ([] if (folder / KWOK_STAGES).is_dir() else [PROGRAMS[-1]])


@contextmanager
def _only_one_build(folder: Path) -> Iterator[None]:
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step("another build is running; waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_program(go: Path, program: Program, folder: Path) -> None:
    flags = ["-s", "-w", *(_version_flags(go) if program.links else [])]
    with (
        tempfile.TemporaryDirectory(dir=folder.parent) as scratch,
        step(f"building {program.name}") as running,
    ):
        made = Path(scratch) / program.name
        _go_build(
            [str(go), "build", "-v", "-trimpath", f"-ldflags={' '.join(flags)}", "-o", str(made), program.package],
            running,
        )
        made.rename(folder / program.name)
        for link in program.links:
            temporary = Path(scratch) / link
            temporary.symlink_to(program.name)
            temporary.rename(folder / link)


def _version_flags(go: Path) -> list[str]:
    """Linker flags that make the programs name their Kubernetes version, as released ones do."""
    version = _go_list(go, "{{.Version}}", "k8s.io/kubernetes")
    major, minor, _ = version.removeprefix("v").split(".", 2)
    package = "k8s.io/component-base/version"
    return [f"-X {package}.gitVersion={version}", f"-X {package}.gitMajor={major}", f"-X {package}.gitMinor={minor}"]


def _go_build(command: list[str], running: Step) -> None:
    last: deque[str] = deque(maxlen=20)
    packages = 0
    environment = {**os.environ, "CGO_ENABLED": "0"}
    with subprocess.Popen(
        command, cwd=TOOLS, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as go:
        assert go.stderr is not None
        for line in go.stderr:
            last.append(line.rstrip())
            packages += not line.startswith("go: ")
            running.detail = (
                f"{packages} packages compiled" if packages else "downloading modules (minutes, once per machine)"
            )
    if go.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed:\n" + "\n".join(last))


def _go_list(go: Path, template: str, module: str) -> str:
    found = subprocess.run(
        [go, "list", "-m", "-f", template, module], cwd=TOOLS, capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise ClusterError(f"Go does not know the module {module}: {found.stderr.strip()}")
    return found.stdout.strip()


def _copy_kwok_stages(go: Path, folder: Path) -> None:
    """Keep kwok's own node and pod behaviours beside its program, so that Go is not needed to use them."""
    if (folder / KWOK_STAGES).is_dir():
        return
    module = Path(_go_list(go, "{{.Dir}}", "sigs.k8s.io/kwok"))
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        copy = Path(scratch) / KWOK_STAGES
        shutil.copytree(module / "kustomize" / "stage", copy, copy_function=shutil.copyfile)
        for found in (copy, *copy.rglob("*")):
            found.chmod(0o755 if found.is_dir() else 0o644)
        copy.rename(folder / KWOK_STAGES)


def main() -> None:
    """Build, and say where the programs are."""
    begun = time.monotonic()
    folder = build()
    say(f"programs of Kubernetes: {folder} ({time.monotonic() - begun:.1f} s)")
