"""What each look of a detector that is awaited led to, told to whoever counts."""

import asyncio
import time
from collections.abc import Sequence

from fmops_api.guardrail import Direction, Guardrail
from fmops_api.scalars import seconds
from fmops_serving.gateway.screen.checks import Counting, Tally
from fmops_serving.guard.applied import UNKNOWN
from fmops_serving.guard.finding import AwaitedDetector, DetectorFailed, Finding, highest

_TICK = 0.01
"""Seconds by which a timer may ring early, by a loop's clock that counts milliseconds."""


class AwaitedWatched(Tally):
    """A detector whose looks are counted, one for each text; a look takes as long as the call that it was in."""

    def __init__(self, rail: Guardrail, detector: AwaitedDetector, direction: Direction, count: Counting) -> None:
        """Watch the detector of a rail for one direction."""
        super().__init__(rail, direction, count)
        self._detector = detector
        self._timeout = seconds(rail.timeout)

    async def afind(self, texts: Sequence[str]) -> Sequence[Sequence[Finding] | DetectorFailed]:
        """Look, and tell what came of it; raises what the detector raises."""
        began = time.perf_counter()
        try:
            said = await self._detector.afind(texts)
        except asyncio.CancelledError:
            # Who is interrupted before its time was over has not failed: the client left.
            if time.perf_counter() - began >= self._timeout - _TICK:
                self._tell_all([None] * len(texts), began)
            raise
        except Exception:
            self._tell_all([None] * len(texts), began)
            raise
        self._tell_all(said if len(said) == len(texts) else [None] * len(texts), began)
        return said

    def _tell_all(self, said: Sequence[Sequence[Finding] | DetectorFailed | None], began: float) -> None:
        """Tell of each text; of those without findings that it failed."""
        took = time.perf_counter() - began
        scores = [UNKNOWN if each is None or isinstance(each, DetectorFailed) else highest(each) for each in said]
        if scores:
            self.looked(scores, [took] * len(scores))
