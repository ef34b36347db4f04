"""On which terms a candidate is measured."""

from dataclasses import dataclass

from fmops_serving.evaluate.earlier import Earlier


@dataclass(frozen=True)
class Terms:
    """What bounds the work on one candidate, beside its inputs."""

    deadline: float
    """On the clock of `monotonic`."""
    earlier: Earlier | None = None
    """Rows of earlier inputs that may be taken over; None where everything is asked."""
