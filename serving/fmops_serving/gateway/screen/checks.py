"""What each look of a detector led to, told to whoever counts."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from fmops_api.guardrail import Guardrail
from fmops_serving.guard.finding import Detector, Finding
from fmops_serving.guard.rule import Action, Direction, FailurePolicy, Rule


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
_OUTCOMES = {Action.BLOCK: Outcome.BLOCKED, Action.REDACT: Outcome.REDACTED, Action.ANNOTATE: Outcome.ANNOTATED}


class Watched:
    """A detector whose looks are counted. Finds what the detector finds."""

    def __init__(self, rail: Guardrail, rule: Rule, direction: Direction, count: Counting) -> None:
        """Watch the detector of a rule for one direction."""
        if not hasattr(rule.detector, "find"):
            raise TypeError(f"rail {rail.name}: its detector does not look at texts here")
        self._detector: Detector = rule.detector
        self._rail = rail
        self._rule = rule
        self._direction = direction
        self._count = count

    def find(self, text: str) -> Sequence[Finding]:
        """Look, and tell what came of it; raises what the detector raises."""
        began = time.perf_counter()
        try:
            found = self._detector.find(text)
        except Exception:
            self._tell(self._failed(), time.perf_counter() - began, 0.0)
            raise
        seconds = time.perf_counter() - began
        score = max((each.score for each in found), default=0.0)
        self._tell(self._outcome(seconds, score), seconds, score)
        return found

    def _outcome(self, seconds: float, score: float) -> Outcome:
        if seconds > self._rule.timeout:
            return self._failed()
        return _OUTCOMES[self._rule.action] if score > self._rule.threshold else Outcome.ALLOWED

    def _failed(self) -> Outcome:
        return Outcome.ERROR if self._rule.failure_policy is FailurePolicy.FAIL else Outcome.BYPASSED

    def _tell(self, outcome: Outcome, seconds: float, score: float) -> None:
        self._count(Check(self._rail.name, self._rail.detector, self._direction, outcome, seconds, score))
