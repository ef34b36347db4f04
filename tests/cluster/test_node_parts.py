"""The parts of a node that can be tried without one."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.cluster.containerd import archive_images
from tests.cluster.errors import ClusterError
from tests.cluster.gotoolchain import parse_version
from tests.cluster.kind import kind_config
from tests.cluster.node_cleaning import mounts_below, remove_folder
from tests.cluster.node_lock import name_holder, take_lock
from tests.cluster.packages import install_packages, missing_packages
from tests.cluster.storage import model_volume, scratch_volume

MOUNTS = """\
21 1 254:0 / / rw - ext4 /dev/vda rw
30 21 0:30 / /c/node/kubelet/pods/a rw - tmpfs tmpfs rw
31 30 0:31 / /c/node/kubelet/pods/a/vol\\0401/deep rw - tmpfs tmpfs rw
32 21 0:32 / /c/node2 rw - tmpfs tmpfs rw
"""


def write_archive(path: Path, manifest: object) -> Path:
    content = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


def test_mounts_below_a_folder_are_found_deepest_first() -> None:
    found = mounts_below(Path("/c/node"), MOUNTS)
    assert found == ["/c/node/kubelet/pods/a/vol 1/deep", "/c/node/kubelet/pods/a"]


def test_a_folder_without_mounts_is_removed(tmp_path: Path) -> None:
    (tmp_path / "node" / "etcd").mkdir(parents=True)
    remove_folder(tmp_path / "node")
    assert not (tmp_path / "node").exists()


def test_an_archive_tells_its_images_and_their_content(tmp_path: Path) -> None:
    entry = {"Config": "abc.json", "RepoTags": ["localhost/a:1", "localhost/a:2"], "Layers": []}
    archive = write_archive(tmp_path / "a.tar", [entry])
    assert archive_images(archive) == {"localhost/a:1": "abc.json", "localhost/a:2": "abc.json"}


def test_what_is_no_archive_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("hello")
    with pytest.raises(ClusterError, match=r"text.tar is not an image archive as `docker save` writes them"):
        archive_images(tmp_path / "text.tar")
    with pytest.raises(ClusterError, match=r"none.tar is not an image archive"):
        archive_images(tmp_path / "none.tar")


def test_a_second_node_is_refused_and_the_first_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cluster.node_lock.LOCK", tmp_path / "lock")
    with take_lock() as first:
        name_holder(first, "process 7, /somewhere")
        with pytest.raises(ClusterError, match=r"another node runs on this machine \(process 7, /somewhere\)"):
            take_lock()
    take_lock().close()


def test_missing_packages_are_told_by_their_commands_and_files(tmp_path: Path) -> None:
    wanted = {"base-files": "sh", "ghost": "no-such-command-here", "spectre": str(tmp_path / "none")}
    assert missing_packages(wanted) == ["ghost", "spectre"]


def test_a_machine_without_apt_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match="missing: ghost; this machine has no apt-get"):
        install_packages({"ghost": "no-such-command-here"})


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("go1.26.8\n", (1, 26), id="a release"),
        pytest.param("go1.27rc1", (1, 27), id="a candidate"),
        pytest.param("devel +abc", None, id="no release"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_version_of_go_is_read(text: str, version: tuple[int, int] | None) -> None:
    assert parse_version(text) == version


def test_kind_sees_the_folders_at_their_own_paths(tmp_path: Path) -> None:
    mounts = kind_config([tmp_path], False)["nodes"]
    assert mounts == [
        {"role": "control-plane", "extraMounts": [{"hostPath": str(tmp_path), "containerPath": str(tmp_path)}]}
    ]


def test_a_scratch_volume_is_writable_by_any_user(tmp_path: Path) -> None:
    volume = scratch_volume("results", tmp_path / "results")
    assert (tmp_path / "results").stat().st_mode & 0o777 == 0o777
    assert volume["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_a_model_volume_is_for_readers(tmp_path: Path) -> None:
    spec = model_volume("weights", tmp_path)["spec"]
    assert spec["accessModes"] == ["ReadOnlyMany"]
    assert spec["hostPath"] == {"path": str(tmp_path), "type": "Directory"}
