"""Huge pages: what was loaded lies in few large pages of memory in place of thousands of small ones.

A processor knows by heart where some thousand pages are and looks all others up; the detectors of a gateway, and what
every request touches among them, take more than that. Linux lays memory together at once where MADV_COLLAPSE asks for
it (6.1 and newer, madvise(2)). Where it cannot, or an administrator chose "never", all stays as it was.
"""

import ctypes
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_PROCESS = Path("/proc/self")
_COLLAPSE = 25
"""MADV_COLLAPSE of linux/mman.h; `mmap` of the standard library has no name for it."""
_ENTRY = 8
"""Bytes that tell of a page in /proc/self/pagemap; the highest bit of the last says whether it is in memory."""
_PRESENT = 0x80


def own_blocks(maps: Iterable[str], size: int) -> Iterator[int]:
    """Give the addresses of all blocks of `size` bytes that are this process's own to write; lines of proc(5) maps."""
    for line in maps:
        span, rights, _, _, _, *name = line.split()
        if rights != "rw-p" or name not in ([], ["[heap]"]):
            continue
        start, end = (int(each, 16) for each in span.split("-"))
        yield from range(-(-start // size) * size, end - size + 1, size)


def is_filled(entries: bytes) -> bool:
    """Say whether three of four pages are in memory, by their entries in pagemap: the others would come to be."""
    present = sum(each >= _PRESENT for each in entries[_ENTRY - 1 :: _ENTRY])
    return 4 * present >= 3 * (len(entries) // _ENTRY) > 0


def collapse() -> int:
    """Lay what this process has in memory in huge pages, as far as the system does so; gives the bytes that are."""
    with suppress(OSError, ValueError):  # another system, or one that hides what is asked for
        if "[never]" not in (_SETTINGS / "enabled").read_text():
            _collapse(int((_SETTINGS / "hpage_pmd_size").read_text()))
        return _in_huge_pages((_PROCESS / "smaps_rollup").read_text())
    return 0


def _collapse(size: int) -> None:
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    page = os.sysconf("SC_PAGE_SIZE")
    maps = (_PROCESS / "maps").read_text().splitlines()
    with (_PROCESS / "pagemap").open("rb", buffering=0) as pagemap:
        for start in own_blocks(maps, size):
            pagemap.seek(start // page * _ENTRY)
            if is_filled(pagemap.read(size // page * _ENTRY)):
                advise(start, size, _COLLAPSE)  # what it refuses stays as it was


def _in_huge_pages(rollup: str) -> int:
    lines = (line.split() for line in rollup.splitlines())
    return sum(int(line[1]) << 10 for line in lines if line[0] == "AnonHugePages:")
