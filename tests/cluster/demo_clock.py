"""The demo's steps on the screen: their names, what they are for, and at the end how long each took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Names and times the steps of one run; `steps` says how many will come, 0 that it is not known."""

    steps: int = 0
    times: list[tuple[str, float]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    """When all of it began, on the clock of `monotonic`."""

    @contextmanager
    def step(self, name: str, purpose: str) -> Iterator[None]:
        """Announce a step, and say how long it took when it is done."""
        number = f"{len(self.times) + 1}/{self.steps}" if self.steps else f"{len(self.times) + 1}"
        show(f"\n[{number}] {name}: {purpose}")
        begun = time.monotonic()
        yield
        seconds = time.monotonic() - begun
        self.times.append((name, seconds))
        show(f"[{number}] {name}: done in {seconds:.1f} s")

    def table(self) -> list[str]:
        """One line per step, one for what came between and after them, and one for all of it until now."""
        whole = time.monotonic() - self.begun
        rows = [*self.times, ("looking around", whole - sum(seconds for _, seconds in self.times)), ("all", whole)]
        width = max(len(name) for name, _ in rows)
        return [f"  {name:<{width}}  {seconds:7.1f} s" for name, seconds in rows]


def show(text: str = "") -> None:
    """Print at once; what a command before it printed to standard error stands before it."""
    sys.stderr.flush()
    print(text, flush=True)
