"""How much CPU a thread used for one thing after the other, with few readings of a clock that is slow to read."""

import time
from collections.abc import Callable

Clock = Callable[[], float]
SHORT = 0.001
"""Seconds of wall time below which nobody needs to know how much of it was CPU."""


class Stopwatch:
    """Begins when it is made, in the thread that uses it.

    A thread uses no more CPU than time passes, and the time is read at a tenth of the cost: how much of it was CPU is
    only asked where much passed.
    """

    __slots__ = ("_began", "_cpu", "_used", "_wall")

    def __init__(self, cpu: Clock = time.thread_time, wall: Clock = time.perf_counter) -> None:
        """Take note of both clocks."""
        self._cpu, self._wall = cpu, wall
        self._used, self._began = cpu(), wall()

    def lap(self) -> float:
        """Give the seconds of CPU since the last lap; at most SHORT too much for each short lap before it."""
        now = self._wall()
        passed, self._began = now - self._began, now
        if passed < SHORT:
            return passed
        used, before = self._cpu(), self._used
        self._used = used
        return min(used - before, passed)
