"""The node as a kind cluster, played by a program that keeps what it was told; kind itself needs a Docker engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.kind import KindNode

KIND = """#!/bin/sh
echo "$*" >> "$KIND_LOG"
case "$1 $2" in
  "get clusters") cat "$KIND_STATE" 2>/dev/null; exit 0 ;;
  "get nodes") echo fmops-control-plane ;;
  "create cluster") echo fmops > "$KIND_STATE"; for last; do :; done; echo "apiVersion: v1" > "$last" ;;
  "delete cluster") rm -f "$KIND_STATE" ;;
  "load image-archive") test -e "$3" || { echo "no such file: $3" >&2; exit 1; } ;;
esac
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Give what kind was told so far."""
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()
    for name, content in {"kind": KIND, "kubectl": "#!/bin/sh\n"}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KIND_LOG", str(log))
    monkeypatch.setenv("KIND_STATE", str(tmp_path / "state"))
    return lambda: log.read_text().splitlines()


def test_a_cluster_is_made_once_filled_and_taken_away(told: Callable[[], list[str]], tmp_path: Path) -> None:
    node, archive = KindNode(), tmp_path / "image.tar"
    archive.touch()
    with pytest.raises(ClusterError, match="start it with"):
        node.connect()
    node.up()
    node.up()
    node.import_images([archive])
    assert node.status() == ["fmops-control-plane"]
    assert node.connect().kubeconfig == node.folder / "admin.kubeconfig"
    node.down()
    assert [" ".join(line.split()[:2]) for line in told()] == [
        "get clusters", "create cluster", "get clusters", "load image-archive", "get nodes", "delete cluster",
    ]  # fmt: skip
    config, kubeconfig = node.folder / "kind.json", node.folder / "admin.kubeconfig"
    assert told()[1] == f"create cluster --name fmops --config {config} --kubeconfig {kubeconfig}"
    assert told()[3] == f"load image-archive {archive} --name fmops"
    assert not node.folder.exists()


def test_what_kind_says_is_told_when_it_fails(told: Callable[[], list[str]]) -> None:
    with pytest.raises(ClusterError, match=r"kind load image-archive .* failed: no such file: /nowhere"):
        KindNode().import_images([Path("/nowhere")])
    assert told() == ["load image-archive /nowhere --name fmops"]
