"""CPU is read where much time passed, and what was read is what was used since."""

from collections.abc import Callable, Sequence

import pytest

from fmops_serving.guard.stopwatch import Stopwatch

LAPS: list[tuple[str, Sequence[float], Sequence[float], Sequence[float]]] = [
    ("a short lap is as long as time passed", [0.0], [0.0, 0.0005], [0.0005]),
    ("a long lap is what was used of it", [5.0, 5.1], [0.0, 3.0], [0.1]),
    ("a long lap does not count again what the long one before it used", [5.0, 5.1, 5.4], [0.0, 3.0, 6.0], [0.1, 0.3]),
    ("a long lap counts what short ones before it used", [5.0, 5.1], [0.0, 0.0005, 2.0], [0.0005, 0.1]),
    ("no lap used more than time passed", [5.0, 5.5], [0.0, 0.25], [0.25]),
]


@pytest.mark.parametrize(("cpu", "wall", "laps"), [row[1:] for row in LAPS], ids=[row[0] for row in LAPS])
def test_laps(cpu: Sequence[float], wall: Sequence[float], laps: Sequence[float]) -> None:
    watch = Stopwatch(_clock(cpu), _clock(wall))
    assert [watch.lap() for _ in laps] == pytest.approx(laps)


def _clock(readings: Sequence[float]) -> Callable[[], float]:
    """Give a clock that is read as often as there are readings and no more."""
    return iter(readings).__next__
