"""Rows on disk: nothing is lost, nothing half-written counts."""

import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmops_serving.evaluate.errors import SinkFailed
from fmops_serving.evaluate.folder import write_json, write_whole
from fmops_serving.evaluate.rows import Row, RowFile


def row(number: int, output: str | None = "yes", error: str | None = None) -> Row:
    messages = [{"role": "user", "content": "héllo\n\u2028"}]
    return Row(
        f"set/{number}", 0, "hash", messages, output, "stop", 3, 1, 0.1, 0.2, 1, error, "2026-11-23T12:00:00+00:00"
    )


def written(path: Path) -> list[Row]:
    rows = RowFile(path)
    try:
        return list(rows.read())
    finally:
        rows.close()


def write(path: Path, *numbers: int) -> None:
    rows = RowFile(path)
    for number in numbers:
        rows.append(row(number))
    rows.close()


def test_rows_are_read_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.jsonl"
    write(path, 1, 2)
    write(path, 3)
    assert written(path) == [row(1), row(2), row(3)]


@pytest.mark.parametrize("cut", [1, 5, 100], ids=lambda cut: f"{cut} bytes short")
def test_a_torn_last_line_is_dropped_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, 1, 2)
    os.truncate(path, path.stat().st_size - cut)
    write(path, 3)
    assert written(path) == [row(1), row(3)]


@given(st.integers(0, 2000), st.integers(0, 12))
def test_whatever_a_kill_leaves_only_whole_rows_count(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rows: int
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write(path, *range(rows))
    size = path.stat().st_size
    os.truncate(path, max(0, size - cut))
    found = written(path)
    assert found == [row(number) for number in range(len(found))]
    assert size - path.stat().st_size >= min(cut, size)


def test_a_long_torn_line_is_found_however_far_back_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, 1)
    with path.open("ab") as file:
        file.write(b"x" * 200_000)
    assert written(path) == [row(1)]


def test_a_damaged_line_in_the_middle_is_named_and_never_skipped(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, 1)
    with path.open("ab") as file:
        file.write(b"{oops\n")
    write(path, 2)
    with pytest.raises(SinkFailed, match=r"line 2 of .*rows\.jsonl is no row"):
        written(path)


def test_two_evaluations_cannot_write_to_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    first = RowFile(path)
    with pytest.raises(SinkFailed, match="another evaluation writes to"):
        RowFile(path)
    first.close()
    write(path, 1)
    assert written(path) == [row(1)]


def test_a_full_disk_is_one_sentence_and_its_torn_line_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = RowFile(path)
    rows.append(row(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, hard))
    try:
        with pytest.raises(SinkFailed, match=r"cannot write to .*rows\.jsonl: File too large"):
            rows.append(row(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
        rows.close()
    write(path, 3)
    assert written(path) == [row(1), row(3)]


def test_a_device_without_room_is_one_sentence() -> None:
    rows = RowFile(Path("/dev/full"))
    with pytest.raises(SinkFailed, match="cannot write to /dev/full: No space left on device"):
        rows.append(row(1))
    rows.close()


def test_a_sink_that_cannot_be_written_is_one_sentence() -> None:
    with pytest.raises(SinkFailed, match="cannot open /proc/"):
        RowFile(Path("/proc/fmops/rows.jsonl"))


def test_a_whole_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_json(tmp_path / "summary.json", {"a": 1})
    write_json(tmp_path / "summary.json", {"a": 2})
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("summary.json", '{\n  "a": 2\n}\n')]


def test_a_failed_whole_file_leaves_the_old_one_and_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_whole(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(SinkFailed, match=r"cannot write .*summary\.json"):
            write_whole(path, b"new" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("summary.json", b"old")]
