"""What each look of a detector led to, told to whoever counts."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from fmops_api.guardrail import Action, DetectorType, Direction, FailurePolicy, Guardrail
from fmops_serving.gateway.screen.scores import note


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
    remembered: bool = False
    """Whether it was known from an earlier look at the same text."""


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
        self._name, self._type = rail.name, rail.detector
        self._scored = rail.detector is DetectorType.TOXICITY
        self._threshold = float(rail.threshold)
        self._found = _OUTCOMES[rail.action]
        self._failed = Outcome.ERROR if rail.failure_policy is FailurePolicy.FAIL else Outcome.BYPASSED
        self._direction = direction
        self._count = count

    def looked(self, score: float | None, seconds: float, *, remembered: bool = False) -> None:
        """Take the highest score that a look found; None where it failed."""
        if score is None:
            score, outcome = 0.0, self._failed
        else:
            outcome = self._found if score > self._threshold else Outcome.ALLOWED
            if self._scored:
                note(score)
        self._count(Check(self._name, self._type, self._direction, outcome, seconds, score, remembered))
