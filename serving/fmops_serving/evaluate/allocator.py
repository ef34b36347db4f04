"""What glibc's allocator keeps for itself of memory that was freed."""

import ctypes
import sys

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Numbers of mallopt(3)."""
_LARGE = 256 * 1024
"""Bytes."""


def return_what_is_freed() -> None:
    """Give large pieces of memory back once they are freed, and let all threads use the same; glibc alone is asked.

    Left alone, it takes pieces of up to 32 MB from a heap that hardly shrinks once such a one was freed, and makes a
    heap for each thread: what asking freed would be no use to the thread that writes Parquet.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, 1)
