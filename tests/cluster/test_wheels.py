"""Wheels are built once per set of sources, and nobody finds half of one."""

import os
import sys
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.wheels import KEPT, run_build, sources_key, together, wheel_in


def build(scratch: Path, made: Path) -> None:
    assert (scratch.is_dir(), made.exists()) == (True, False)
    made.mkdir()
    (made / "a-1-py3-none-any.whl").write_text("wheel")


def test_a_wheel_is_built_where_it_is_not_there(tmp_path: Path) -> None:
    wheel = wheel_in(tmp_path / "parts" / ("0" * 12), build)
    assert wheel.read_text() == "wheel"
    wheel.write_text("the same")
    assert wheel_in(wheel.parent, build).read_text() == "the same"


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails(_: Path, made: Path) -> None:
        build(_, made)
        run_build("it", [sys.executable, "-c", "import sys; print('half'); sys.exit('no room')"])

    with pytest.raises(ClusterError, match="building it failed:\nhalf\nno room"):
        wheel_in(tmp_path / ("0" * 12), fails)
    assert [each.name for each in tmp_path.iterdir()] == [".lock"]


def test_those_that_were_used_last_are_kept(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    for number in range(KEPT + 2):
        wheel = wheel_in(tmp_path / f"{number:012x}", build)
        os.utime(wheel.parent, (number, number))
    kept = {f"{number:012x}" for number in range(2, KEPT + 2)}
    assert {each.name for each in tmp_path.iterdir()} == kept | {"target", ".lock"}


def test_wheels_for_an_image_lie_together_under_a_name_of_their_own(tmp_path: Path) -> None:
    one, two = tmp_path / "one.whl", tmp_path / "two.whl"
    one.write_text("1")
    two.write_text("2")
    both = together([one, two], tmp_path / "given")
    assert {each.name: each.read_text() for each in both.iterdir()} == {"one.whl": "1", "two.whl": "2"}
    two.write_text("3")
    assert together([one, two], tmp_path / "given") != both == together([one, both / "two.whl"], tmp_path / "given")


def test_a_file_that_moves_makes_another_wheel(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b.py").write_text("2")
    named = {"a.py": tmp_path / "a.py", "b.py": tmp_path / "b.py"}
    assert sources_key(named) == sources_key(dict(reversed(named.items())))
    assert sources_key(named) != sources_key({"a.py": tmp_path / "b.py", "b.py": tmp_path / "a.py"})
    assert sources_key(named) != sources_key({"a/a.py": tmp_path / "a.py", "b.py": tmp_path / "b.py"})
