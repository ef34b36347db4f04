"""CPU is read where much time passed, and what was read is what was used since."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from fmops_serving.guard import stopwatch
from fmops_serving.guard.stopwatch import Stopwatch, recent_cpu

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


def test_a_reading_of_the_cpu_is_good_for_a_millisecond_and_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, cpu = _clock([0.1, 0.1005, 0.1015, 0.1016]), _clock([5.0, 5.1, 7.0])
    monkeypatch.setattr(stopwatch, "time", SimpleNamespace(perf_counter=wall, thread_time=cpu))
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        assert [one.submit(recent_cpu).result() for _ in range(3)] == [5.0, 5.0, 5.1]
        assert other.submit(recent_cpu).result() == 7.0


def _clock(readings: Sequence[float]) -> Callable[[], float]:
    """Give a clock that is read as often as there are readings and no more."""
    return iter(readings).__next__
