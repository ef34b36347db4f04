"""Which candidates nobody beats on quality and speed at once."""

from collections.abc import Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """A candidate between a time in seconds, lower is better, and a quality, higher is better; with their intervals."""

    name: str
    number: int
    seconds: float
    quality: float
    fast: float
    slow: float
    worse: float
    better: float


def front(points: Sequence[Point]) -> list[Point]:
    """Give the points that no other is at least as good as in both and better in one, fastest first."""
    kept = [point for point in points if not any(_beats(other, point) for other in points)]
    return sorted(kept, key=lambda point: (point.seconds, -point.quality, point.name))


def _beats(one: Point, other: Point) -> bool:
    as_good = one.seconds <= other.seconds and one.quality >= other.quality
    return as_good and (one.seconds < other.seconds or one.quality > other.quality)
