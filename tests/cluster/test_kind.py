"""The node as a kind cluster, played by programs that keep what they were told."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.build import built_programs
from tests.cluster.errors import ClusterError
from tests.cluster.kind import KindNode, has_kind, kind_config

KIND = """#!/bin/sh
echo "kind $*" >> "$LOG"
case "$1 $2" in
  "get clusters") cat "$STATE" 2>/dev/null; exit 0 ;;
  "get nodes") echo fmops-control-plane ;;
  "create cluster") echo fmops > "$STATE"; echo "apiVersion: v1" > "$8" ;;
  "export kubeconfig") echo "apiVersion: v1" > "$6" ;;
  "delete cluster") rm -f "$STATE" ;;
  "load image-archive") echo "localhost/fmops/operator:abc" >> "$IMAGES" ;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >> "$LOG"
case "$1 $2" in
  "info --format") echo "$CONTROL_GROUPS" ;;
  "exec fmops-control-plane") test -e "$STATE" || { echo "No such container: $2" >&2; exit 1; }; cat "$IMAGES" ;;
esac
"""
LIST = "docker exec fmops-control-plane ctr -n k8s.io images list -q"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Give what kind and Docker were told so far."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, content in {"kind": KIND, "docker": DOCKER}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FMOPS_KIND_IMAGE", raising=False)
    for name in ("LOG", "STATE", "IMAGES"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("CONTROL_GROUPS", "2")
    (tmp_path / "images").touch()
    return lambda: (tmp_path / "log").read_text().splitlines()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image archive with one name."""
    made = tmp_path / "operator.tar"
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["localhost/fmops/operator:abc"], "Layers": []}]).encode()
    with tarfile.open(made, "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        tar.addfile(member, io.BytesIO(manifest))
    return made


def test_a_cluster_is_made_once_filled_once_and_taken_away(told: Callable[[], list[str]], archive: Path) -> None:
    assert has_kind()
    node = KindNode()
    with pytest.raises(ClusterError, match="start it with"):
        node.connect()
    node.up()
    node.import_images([archive])
    node.import_images([archive])
    assert node.status() == ["fmops-control-plane"]
    config, kubeconfig = node.folder / "kind.json", node.folder / "admin.kubeconfig"
    assert node.connect().kubeconfig == kubeconfig
    assert json.loads(config.read_text()) == kind_config([node.folder.parents[1] / "models", node.folder], False)
    node.down()
    assert told()[1:] == [
        "kind get clusters",
        "docker info --format {{.CgroupVersion}}",
        f"kind create cluster --name fmops --config {config} --kubeconfig {kubeconfig} --wait 180s",
        LIST,
        f"kind load image-archive {archive} --name fmops",
        LIST,
        "kind get nodes --name fmops",
        f"kind delete cluster --name fmops --kubeconfig {kubeconfig}",
    ]
    assert not node.folder.exists()


def test_a_cluster_whose_kubeconfig_is_lost_is_found_again(told: Callable[[], list[str]]) -> None:
    node = KindNode()
    node.up()
    (node.folder / "admin.kubeconfig").unlink()
    node.up()
    assert node.connect().kubeconfig.exists()
    assert not [line for line in told()[3:] if "create" in line]


def test_kubectl_is_the_one_built_here_then_that_of_the_machine(
    told: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, machine, built = KindNode(), tmp_path / "bin" / "kubectl", built_programs() / "kubectl"
    node.up()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ClusterError, match="kubectl is missing; install it, or build it here"):
        node.connect()
    for program in (machine, built):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(mode=0o755)
        assert node.connect().program == str(program)


def test_a_node_image_of_ones_own_is_used(told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMOPS_KIND_IMAGE", "mine:1")
    KindNode().up()
    assert told()[-1].endswith(" --image mine:1")


def test_a_kubelet_is_told_to_live_with_old_control_groups(
    told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTROL_GROUPS", "1")
    node = KindNode()
    node.up()
    (patch,) = json.loads((node.folder / "kind.json").read_text())["kubeadmConfigPatches"]
    assert json.loads(patch) == {"kind": "KubeletConfiguration", "failCgroupV1": False}


def test_what_they_say_is_told_when_they_fail(told: Callable[[], list[str]], archive: Path) -> None:
    with pytest.raises(ClusterError, match=r"docker exec .* failed: No such container"):
        KindNode().import_images([archive])
    KindNode().up()
    with pytest.raises(ClusterError, match="/nowhere is not an image archive"):
        KindNode().import_images([Path("/nowhere")])
