"""How much CPU a thread used for one thing after the other, with few readings of a clock that is slow to read."""

import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]
SHORT = 0.001
"""Seconds of wall time below which nobody needs to know how much of it was CPU."""


class _Reading(threading.local):
    """What a thread read last of its clock of CPU."""

    used = 0.0
    until = 0.0
    """The time, by time.perf_counter, until which it is good."""


_LAST = _Reading()


def recent_cpu() -> float:
    """Give the seconds of CPU that this thread has used, as it was at most SHORT ago: a look takes less than that."""
    now = time.perf_counter()
    if now >= _LAST.until:
        _LAST.used, _LAST.until = time.thread_time(), now + SHORT
    return _LAST.used


class Stopwatch:
    """Begins when it is made, in the thread that uses it.

    A thread uses no more CPU than time passes, and the time is read at a tenth of the cost: how much of it was CPU is
    only asked where much passed.
    """

    __slots__ = ("_began", "_cpu", "_used", "_wall", "passed")

    def __init__(self, cpu: Clock = recent_cpu, wall: Clock = time.perf_counter) -> None:
        """Take note of both clocks."""
        self._cpu, self._wall = cpu, wall
        self._used, self._began = cpu(), wall()
        self.passed = 0.0
        """Seconds of wall time that the last lap took."""

    def lap(self) -> float:
        """Give the seconds of CPU since the last lap, wrong by at most SHORT, or that for each short lap before it."""
        now = self._wall()
        self.passed = passed = now - self._began
        self._began = now
        if passed < SHORT:
            return passed
        used, before = self._cpu(), self._used
        self._used = used
        return min(used - before, passed)
