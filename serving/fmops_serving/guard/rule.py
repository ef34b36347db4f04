"""A rule: which detector looks at which texts, and what follows from what it finds."""

from dataclasses import dataclass

from fmops_api.guardrail import Action, Direction, FailurePolicy
from fmops_serving.guard.finding import AwaitedDetector, Detector


@dataclass(frozen=True)
class Rule:
    """One line of a list of guard rails; raises ValueError for values that mean nothing."""

    name: str
    detector: Detector | AwaitedDetector
    direction: Direction = Direction.BOTH
    threshold: float = 0.5
    """What scores higher than this counts as found."""
    action: Action = Action.BLOCK
    failure_policy: FailurePolicy = FailurePolicy.FAIL
    timeout: float = 0.2
    """Seconds. A detector in this process has them for one text and is not interrupted: one that took longer counts as
    failed. One that is awaited has them for all texts of a call, and is interrupted when they are over."""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a rule needs a name")
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold of rule {self.name} is {self.threshold}: it must be from 0 to less than 1")
        if not self.timeout > 0:
            raise ValueError(f"timeout of rule {self.name} is {self.timeout}: it must be more than 0 seconds")

    def looks_at(self, direction: Direction) -> bool:
        """Say whether the rule is for texts of this direction."""
        return self.direction in {direction, Direction.BOTH}
