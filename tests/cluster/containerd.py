"""containerd's images and containers, through its `ctr` command."""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.progress import step

PER_RUN = ("io.containerd.grpc.v1.cri", "io.containerd.runtime.v1.linux", "io.containerd.runtime.v2.task")


@dataclass(frozen=True)
class Containerd:
    """A containerd that listens at `socket` and keeps its images in `store`."""

    socket: Path
    store: Path

    def answers(self) -> bool:
        """Whether it takes commands."""
        command = ["ctr", "-a", str(self.socket), "version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def import_archive(self, archive: Path) -> bool:
        """Import an image archive; False when the store has this very image already.

        Raises ClusterError when the file is no image archive or containerd refuses it.
        """
        wanted = archive_images(archive)
        if self._has(wanted):
            return False
        with step(f"importing {archive.name} ({archive.stat().st_size / 1e6:.0f} MB)"):
            self._ctr("images", "import", str(archive))
        self._write(self._imported() | wanted)
        return True

    def remove_containers(self) -> int:
        """Remove the containers that an earlier run left in the store; how many there were."""
        left = self._ctr("containers", "list", "-q").split()
        for container in left:
            self._ctr("containers", "delete", container)
        return len(left)

    def keep_only(self, names: Iterable[str]) -> list[str]:
        """Remove every image that was imported under another name, and return those names."""
        imported = self._imported()
        wanted = set(names)
        kept = {name: digest for name, digest in imported.items() if name in wanted}
        unwanted = sorted(imported.keys() - kept.keys())
        # The kubelet's side names every image a second time, by its digest; only without both is the space free.
        by_digest = {f"sha256:{imported[name].removesuffix('.json')}" for name in unwanted}
        by_digest -= {f"sha256:{digest.removesuffix('.json')}" for digest in kept.values()}
        present = set(self._ctr("images", "list", "-q").split())
        for name in (*unwanted, *sorted(by_digest)):
            if name in present:
                self._ctr("images", "remove", name)
        self._write(kept)
        return unwanted

    def _has(self, wanted: dict[str, str]) -> bool:
        present = set(self._ctr("images", "list", "-q").split())
        imported = self._imported()
        return all(name in present and imported.get(name) == digest for name, digest in wanted.items())

    @property
    def _imports(self) -> Path:
        return self.store / "imported.json"

    def _imported(self) -> dict[str, str]:
        return dict(json.loads(self._imports.read_text())) if self._imports.exists() else {}

    def _write(self, images: dict[str, str]) -> None:
        temporary = self._imports.with_suffix(".new")
        temporary.write_text(json.dumps(images, indent=1))
        temporary.rename(self._imports)

    def _ctr(self, *arguments: str) -> str:
        command = ["ctr", "-a", str(self.socket), "-n", "k8s.io", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise ClusterError(f"ctr {' '.join(arguments)} failed: {run.stderr.strip()[-500:]}")
        return run.stdout


def archive_images(archive: Path) -> dict[str, str]:
    """The names in a docker-archive, each with the digest of its configuration, which stands for its content.

    Raises ClusterError when the file is not such an archive.
    """
    try:
        with tarfile.open(archive) as tar:
            member = tar.extractfile("manifest.json")
            manifest = json.load(member) if member else []
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise ClusterError(f"{archive} is not an image archive as `docker save` writes them: {error}") from error
    return {name: entry["Config"] for entry in manifest for name in entry["RepoTags"]}


def forget_runs(store: Path) -> None:
    """Remove what belongs to one run of containerd from its store; images stay. Only while it does not run."""
    for name in PER_RUN:
        shutil.rmtree(store / name, ignore_errors=True)
