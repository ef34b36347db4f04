"""Huge pages: which memory is laid in them, and what the system does of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fmops_serving.gateway.hugepages import collapse, is_filled, own_blocks

MAPS = """\
00400000-00a00000 r-xp 00000000 fe:00 18500                      /usr/bin/python3.11
00c00000-00e00000 rw-p 00600000 fe:00 18500                      /usr/bin/python3.11
01f00000-02500000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000400000 rw-p 00000000 00:00 0 
7f0000500000-7f00006ff000 rw-p 00000000 00:00 0 
7f0000800000-7f0000a00000 ---p 00000000 00:00 0 
7f0000a00000-7f0000c00000 rw-s 00000000 00:01 5                  /dev/shm/x
7ffe00000000-7ffe00400000 rw-p 00000000 00:00 0                  [stack]
"""  # noqa: W291 - as the kernel writes it
SETTINGS = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def collapses() -> bool:
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return release >= (6, 1) and SETTINGS.exists() and "[never]" not in SETTINGS.read_text()


def test_whole_blocks_of_the_heap_and_of_memory_without_a_name_are_its_own() -> None:
    found = [hex(each) for each in own_blocks(MAPS.splitlines(), 2 << 20)]
    assert found == ["0x2000000", "0x2200000", "0x7f0000000000", "0x7f0000200000"]


@pytest.mark.parametrize(
    ("present", "absent", "filled"),
    [(512, 0, True), (384, 128, True), (383, 129, False), (0, 512, False), (0, 0, False)],
)
def test_a_block_is_laid_together_when_three_of_four_pages_are_in_memory(
    present: int, absent: int, filled: bool
) -> None:
    assert is_filled((b"\xff" * 7 + b"\x81") * present + (b"\xff" * 7 + b"\x01") * absent) is filled


PROGRAM = """
import json, mmap
from pathlib import Path
from fmops_serving.gateway.hugepages import collapse

def resident():
    (line,) = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) << 10

used, empty = mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE), mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE)
for place in range(0, len(used), 4096):
    used[place] = place % 251
before = resident()
huge = collapse()
kept = all(used[place] == place % 251 for place in range(0, len(used), 4096))
print(json.dumps({"huge": huge, "more": resident() - before, "kept": kept}))
"""


@pytest.mark.skipif(not collapses(), reason="this kernel lays no memory in huge pages")
def test_what_is_used_lies_in_huge_pages_and_what_is_empty_stays_so() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["kept"]
    assert found["huge"] >= 56 << 20
    assert found["more"] < 8 << 20


def test_where_an_administrator_says_never_nothing_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "enabled").write_text("always madvise [never]\n")
    (tmp_path / "smaps_rollup").write_text(
        "00400000-7ffe00400000 ---p 00000000 00:00 0 [rollup]\nAnonHugePages: 2048 kB\n"
    )
    monkeypatch.setattr("fmops_serving.gateway.hugepages._SETTINGS", tmp_path)
    monkeypatch.setattr("fmops_serving.gateway.hugepages._PROCESS", tmp_path)
    assert collapse() == 2 << 20, "it would have missed hpage_pmd_size"


@pytest.mark.parametrize("size", ["", "no number"], ids=["hidden", "garbage"])
def test_a_system_that_tells_nothing_is_left_as_it_is(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if size:
        (tmp_path / "enabled").write_text("[always] madvise never\n")
        (tmp_path / "hpage_pmd_size").write_text(size)
    monkeypatch.setattr("fmops_serving.gateway.hugepages._SETTINGS", tmp_path)
    assert collapse() == 0
