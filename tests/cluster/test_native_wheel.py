"""How the native part is built."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import native_wheel


def test_cargo_takes_no_checkout_for_one_that_it_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "native" / "src" / "lib.rs"
    old.parent.mkdir(parents=True)
    old.write_text("//! Old.")
    os.utime(old, (0, 0))
    began = time.time_ns()
    times: list[int] = []

    def built(command: list[Any], **_: Any) -> subprocess.CompletedProcess[str]:
        manifest, wheels = (Path(command[command.index(name) + 1]) for name in ("--manifest-path", "--out"))
        times.append((manifest.parent / "src" / "lib.rs").stat().st_mtime_ns)
        wheels.mkdir()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(native_wheel, "SOURCES", tmp_path / "native")
    monkeypatch.setattr("tests.cluster.wheels.subprocess.run", built)
    native_wheel._build(tmp_path / "scratch", tmp_path / "wheels")
    assert (tmp_path / "wheels").is_dir()
    assert times[0] > began - 1_000_000_000, "cargo tells by its time that it is new"
