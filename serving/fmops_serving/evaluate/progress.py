"""How far a candidate is, in numbers and in a line for people."""

from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Progress:
    """Counts of one candidate. `earlier` answers were there already, from a run that was stopped."""

    model: str
    total: int
    answered: int = 0
    errors: int = 0
    earlier: int = 0
    recalled: int = 0
    """Answers and verdicts that were taken over from earlier inputs."""
    unreadable: int = 0
    """Lines of earlier inputs that could not be read, and were left alone."""
    judged: int = 0
    to_judge: int = 0
    """Verdicts wanted, of all judges; 0 until the answers are there."""
    embedded: int = 0
    """Texts that embedders were asked for."""
    unrendered: int = 0
    """Errors among them whose prompt cannot be rendered, which no further try mends."""
    last_fault: str = ""
    """Why the newest example without an answer has none; never the endpoint's own words."""
    started: float = field(default_factory=monotonic)

    @property
    def done(self) -> int:
        """Count the examples that need no more work."""
        return self.answered + self.errors

    def line(self) -> str:
        """Say it in a line: counts, rate and the time that is left at this rate."""
        took = monotonic() - self.started
        fresh = self.done - self.earlier
        parts = [f"{self.model}: {self.done}/{self.total} done", f"{self.errors} without an answer"]
        if self.embedded:
            parts.append(f"{self.embedded} texts embedded")
        if self.recalled:
            parts.append(f"{self.recalled} taken from earlier inputs")
        if self.unreadable:
            parts.append(f"{self.unreadable} lines of earlier inputs cannot be read")
        if self.to_judge:
            parts.append(f"{self.judged}/{self.to_judge} judged")
        if self.to_judge or self.embedded:
            return ", ".join(parts)
        if fresh and took > 0:
            rate = fresh / took
            parts += [f"{rate:.1f}/s", f"about {duration((self.total - self.done) / rate)} left"]
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Write a time for people: 75 becomes `1m15s`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if whole >= 60 else "") + f"{whole % 60}s"
