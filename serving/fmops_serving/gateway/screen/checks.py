"""What each look of a detector led to, told to whoever counts."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from fmops_api.guardrail import Action, DetectorType, Direction, FailurePolicy, Guardrail
from fmops_api.scalars import seconds as duration
from fmops_serving.gateway.screen.scores import note
from fmops_serving.guard.finding import Detector, Finding
from fmops_serving.guard.stopwatch import Stopwatch


class Outcome(StrEnum):
    """What a look led to; the value is a label of metrics."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    REDACTED = "redacted"
    ANNOTATED = "annotated"
    ERROR = "error"
    BYPASSED = "bypassed"


class Check(NamedTuple):
    """One look of one detector at one text."""

    rail: str
    detector: str
    direction: Direction
    outcome: Outcome
    seconds: float
    score: float
    """The highest score found; 0 where nothing was."""


Counting = Callable[[Check], None]
_OUTCOMES = {
    Action.BLOCK: Outcome.BLOCKED,
    Action.REDACT: Outcome.REDACTED,
    Action.ANNOTATE: Outcome.ANNOTATED,
}


class Tally:
    """What the looks of one rail in one direction led to."""

    def __init__(self, rail: Guardrail, direction: Direction, count: Counting) -> None:
        """Tell `count` of each look."""
        self._rail = rail
        self._threshold = float(rail.threshold)
        self._timeout = duration(rail.timeout)
        self._found = _OUTCOMES[rail.action]
        self._failed = Outcome.ERROR if rail.failure_policy is FailurePolicy.FAIL else Outcome.BYPASSED
        self._direction = direction
        self._count = count

    def _outcome(self, used: float, score: float) -> Outcome:
        if used > self._timeout:
            return self._failed
        return self._found if score > self._threshold else Outcome.ALLOWED

    def _tell(self, outcome: Outcome, seconds: float, score: float) -> None:
        if self._rail.detector is DetectorType.TOXICITY and outcome is not self._failed:
            note(score)
        self._count(Check(self._rail.name, self._rail.detector, self._direction, outcome, seconds, score))


class Watched(Tally):
    """A detector whose looks are counted. Finds what the detector finds."""

    def __init__(self, rail: Guardrail, detector: Detector, direction: Direction, count: Counting) -> None:
        """Watch the detector of a rail for one direction."""
        super().__init__(rail, direction, count)
        self._detector = detector

    def find(self, text: str) -> Sequence[Finding]:
        """Look, and tell what came of it; raises what the detector raises."""
        watch, began = Stopwatch(), time.perf_counter()
        try:
            found = self._detector.find(text)
        except Exception:
            self._tell(self._failed, time.perf_counter() - began, 0.0)
            raise
        score = max([each.score for each in found]) if found else 0.0
        self._tell(self._outcome(watch.lap(), score), time.perf_counter() - began, score)
        return found
