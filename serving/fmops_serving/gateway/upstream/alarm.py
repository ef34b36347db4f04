"""An alarm of which most rings are put off before they are due: it sets one timer for many answers."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls at a time of its loop, or a little early."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        """Call `ring`."""
        self._loop = loop
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def by(self, due: float) -> None:
        """Ring at a time at the latest. A timer that rings earlier is left as it is."""
        if self._timer is None or self._due > due:
            self.cancel()
            self._due, self._timer = due, self._loop.call_at(due, self._rung)

    def cancel(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rung(self) -> None:
        self._timer = None
        self._ring()
