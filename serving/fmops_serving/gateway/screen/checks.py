"""What looks of a detector led to, told to whoever counts."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from fmops_api.guardrail import Action, DetectorType, Direction, FailurePolicy, Guardrail
from fmops_serving.gateway.screen.scores import note
from fmops_serving.guard.applied import UNKNOWN


class Outcome(StrEnum):
    """What a look led to; the value is a label of metrics."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    REDACTED = "redacted"
    ANNOTATED = "annotated"
    ERROR = "error"
    BYPASSED = "bypassed"


class Check(NamedTuple):
    """Looks of one detector at texts of one request or answer that led to the same."""

    rail: str
    detector: str
    direction: Direction
    outcome: Outcome
    score: float
    """The highest score found; 0 where nothing was."""
    looks: int
    """At how many texts."""
    seconds: Sequence[float]
    """Of each look; of none where all were known from earlier looks at the same texts."""

    @property
    def remembered(self) -> bool:
        """Say whether the looks were not made, since what they would find was known."""
        return not self.seconds


Counting = Callable[[Check], None]
Passing = Callable[[float, Sequence[float]], None]
"""Takes looks that found nothing above the threshold: the highest score, and the seconds of each."""


@runtime_checkable
class Binding(Protocol):
    """Who counts faster where it is known which rail's looks found nothing, as most do."""

    def passing(self, rail: str, detector: str, direction: Direction) -> Passing:
        """Give what counts such looks of a rail."""
        ...


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
        self.scored = rail.detector is DetectorType.TOXICITY
        """Whether scores say how toxic texts are."""
        self._threshold = float(rail.threshold)
        self._found = _OUTCOMES[rail.action]
        self._failed = Outcome.ERROR if rail.failure_policy is FailurePolicy.FAIL else Outcome.BYPASSED
        self._direction = direction
        self._count = count
        self.passed: Passing = self._passed
        if isinstance(count, Binding):
            self.passed = count.passing(rail.name, rail.detector, direction)

    def _passed(self, highest: float, seconds: Sequence[float]) -> None:
        self._tell(Outcome.ALLOWED, highest, len(seconds), seconds)

    def looked(self, scores: Sequence[float], seconds: Sequence[float]) -> None:
        """Take each text's highest score, UNKNOWN where the rail could not tell, and each look's seconds.

        There are no seconds where all scores were known from earlier looks.
        """
        highest = max(scores)
        if highest <= self._threshold:
            self._tell(Outcome.ALLOWED, highest, len(scores), seconds)
        else:
            for score, second in zip(scores, seconds, strict=True):
                self._tell(self._outcome(score), 0.0 if score == UNKNOWN else score, 1, (second,))
        if self.scored and (highest < UNKNOWN or (scores := [each for each in scores if each < UNKNOWN])):
            note(max(scores))

    def _outcome(self, score: float) -> Outcome:
        if score == UNKNOWN:
            return self._failed
        return self._found if score > self._threshold else Outcome.ALLOWED

    def _tell(self, outcome: Outcome, score: float, looks: int, seconds: Sequence[float]) -> None:
        self._count(Check(self._name, self._type, self._direction, outcome, score, looks, seconds))
