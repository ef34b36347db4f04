"""On which terms a candidate is measured."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fmops_serving.evaluate.budget import Meter
from fmops_serving.evaluate.pace import Paces

if TYPE_CHECKING:
    from fmops_serving.evaluate.earlier import Earlier


@dataclass(frozen=True)
class Terms:
    """What bounds the work on one candidate, beside its inputs."""

    deadline: float
    """On the clock of `monotonic`."""
    meter: Meter = field(default_factory=Meter)
    """What is spent, and of how much."""
    paces: Paces = field(default_factory=Paces)
    """How many requests are on their way, by address."""
    earlier: "Earlier | None" = None
    """Rows of earlier inputs that may be taken over; None where everything is asked."""
