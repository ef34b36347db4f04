"""The kept copy of routes as a file: whole or not at all, for its owner alone, and ignored when it is anything else."""

import base64
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmops_serving.gateway.routes.kept import FILE, FORMAT, Copy, Unusable, line_of

SECRET = {
    "metadata": {
        "name": "model-a",
        "resourceVersion": "7",
        "annotations": {"fmops.dev/name": "a", "kubectl.kubernetes.io/last-applied-configuration": "long"},
        "managedFields": [{}],
    },
    "data": {"route.json": base64.b64encode(b"sk-provider").decode()},
}
CONFIRMED = 1_700_000_000.0


def kept(folder: Path, count: int = 2) -> Copy:
    copy = Copy(folder, "gateway")
    lines = tuple(line_of({**SECRET, "metadata": {"name": f"model-{number}"}}) for number in range(count))
    copy.write({"model": lines, "prompts": ()}, CONFIRMED)
    return copy


def test_a_copy_holds_what_is_needed_and_is_its_owners_alone(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "kept", "gateway")
    assert copy.read() is None
    copy.write({"model": (line_of(SECRET),)}, CONFIRMED)
    found = copy.read()
    assert found is not None
    ((manifest,),) = found.objects.values()
    assert manifest["metadata"] == {"name": "model-a", "resourceVersion": "7", "annotations": {"fmops.dev/name": "a"}}
    assert manifest["data"] == SECRET["data"]
    assert line_of(manifest) == line_of(SECRET), "what is read is written again as it was"
    assert found.confirmed == CONFIRMED
    assert stat.S_IMODE((copy.folder / FILE).stat().st_mode) == 0o600
    copy.confirm(CONFIRMED + 60)
    assert (again := copy.read()) is not None
    assert again.confirmed == CONFIRMED + 60


def edited(edit: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: void(path.write_bytes(edit(path.read_bytes())))


def void(_: Any) -> None:
    """Take a value that a test has no use for."""


def instead(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


NO_FORMAT = f"it is not of the format {FORMAT}"
DAMAGED = "it is damaged: its SHA-256 is another one"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(edited(lambda _: b""), NO_FORMAT, id="empty"),
        pytest.param(edited(lambda _: b"\0" * 4096), NO_FORMAT, id="zeros, as a disk without power leaves them"),
        pytest.param(edited(lambda _: b"models:\n- a\n"), NO_FORMAT, id="somebody else's file"),
        pytest.param(edited(lambda c: c.replace(b"/v1", b"/v0", 1)), NO_FORMAT, id="of an older format"),
        pytest.param(edited(lambda c: c[: len(FORMAT) + 9]), "its first line is damaged", id="torn in its first line"),
        pytest.param(edited(lambda c: c[:-40]), DAMAGED, id="torn in its middle"),
        pytest.param(edited(lambda c: c[: c.index(b"\n") + 1]), DAMAGED, id="torn after its first line"),
        pytest.param(edited(lambda c: c + b"{}\n"), DAMAGED, id="something after its end"),
        pytest.param(edited(lambda c: c.replace(b"model-1", b"model-2")), DAMAGED, id="another byte"),
        pytest.param(
            edited(lambda c: c.replace(b'"model":2', b'"model":1')), "more or fewer objects", id="another count"
        ),
        pytest.param(
            edited(lambda c: c.replace(b'"gateway"', b'"other"')), "it is of namespace 'other'", id="another gateway's"
        ),
        pytest.param(lambda path: path.chmod(0o666), "anybody may write it", id="open to everybody"),
        pytest.param(lambda path: os.truncate(path, 2**40), "it has more than", id="without end"),
        pytest.param(instead(Path.mkdir), "it cannot be read: Is a directory", id="a folder"),
        pytest.param(instead(os.mkfifo), "it is no file", id="a pipe, which nobody writes"),
        pytest.param(
            instead(lambda path: path.symlink_to("/etc/hostname")), "it cannot be read: Too many levels", id="a link"
        ),
    ],
)
def test_what_is_no_copy_is_told_and_shows_nothing(spoil: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    copy = kept(tmp_path)
    spoil(tmp_path / FILE)
    with pytest.raises(Unusable, match=words) as told:
        copy.read()
    assert "route.json" not in str(told.value)


def test_an_object_of_another_shape_is_damage_too(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "gateway")
    for wrong in (
        b"[]",
        b"{}",
        b'{"metadata":{"name":"a","resourceVersion":"x"}}',
        b'{"metadata":{"name":"a"},"data":1}',
    ):
        copy.write({"model": (wrong + b"\n",)}, CONFIRMED)
        with pytest.raises(Unusable, match="an object has another shape"):
            copy.read()


def test_where_no_copy_can_be_written_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = kept(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        copy.write({"model": ()}, CONFIRMED)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        Copy(tmp_path / "file" / "below", "gateway").write({}, CONFIRMED)


_WRITES = """
import sys
from pathlib import Path
from fmops_serving.gateway.routes.kept import Copy
copy, number = Copy(Path(sys.argv[1]), "gateway"), 0
while True:
    number += 1
    line = b'{"metadata":{"name":"%d"},"data":{"route.json":"%s"}}\\n' % (number, b"x" * 1000)
    copy.write({"model": (line,) * 200}, float(number))
"""


def test_a_copy_is_whole_whenever_it_is_read_and_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "gateway")
    with subprocess.Popen([sys.executable, "-c", _WRITES, str(tmp_path)]) as writer:
        try:
            while (found := copy.read()) is None:
                assert writer.poll() is None
            for _ in range(30):
                assert (found := copy.read()) is not None
                assert {each["metadata"]["name"] for each in found.objects["model"]} == {str(int(found.confirmed))}
        finally:
            writer.kill()
    found = copy.read()
    assert found is not None
    assert len(found.objects["model"]) == 200
    (tmp_path / "routes.new").write_bytes(b"what a killed writer leaves")
    kept(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
