"""From pairs to differences with intervals: candidate minus baseline."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial

from fmops_serving.evaluate.bootstrap import BOOTSTRAP, added, resampled, resampled_sums
from fmops_serving.evaluate.compare.pairs import Pair
from fmops_serving.evaluate.intervals import Interval, percentile
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval
from fmops_serving.evaluate.intervals_paired import bounds_of_shares, same_everywhere, scale_difference
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Observation, Part, QuantilePart, SumPart

Sides = tuple[tuple[Observation, ...], tuple[Observation, ...]]
"""All observations of one example: the candidate's and the baseline's."""


def differences_of(part: Part, pairs: Sequence[Pair], asked: int) -> Iterator[Figure]:
    """Give the difference of each figure of a part; `asked` examples were to be paired."""
    units = _units(pairs)
    match part:
        case MeanPart():
            yield _of_means(part, units, len(pairs), asked)
        case SumPart():
            yield _of_sums(part, units, len(pairs), asked)
        case QuantilePart():
            yield from _of_joint(part.joint(), units, len(pairs), asked)
        case JointPart():
            yield from _of_joint(part, units, len(pairs), asked)


def _units(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Put what shares a cluster together."""
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.example if pair.cluster is None else f" {pair.cluster}"].append(pair)
    return list(groups.values())


def _of_means(part: MeanPart, units: Sequence[Sequence[Pair]], n: int, asked: int) -> Figure:
    def difference(pair: Pair) -> float:
        return _mean(part, pair.own) - _mean(part, pair.theirs)

    clusters = [Cluster(sum(map(difference, unit)), len(unit)) for unit in units]
    how, bounds = _bounds_of_mean(part, clusters)
    value = sum(cluster.total for cluster in clusters) / n if n else None
    signature = f"{part.how}|paired|{how}{_of_clusters(units, n)}|v1"
    return Figure(part.name, value, n, asked - n, signature, bounds if n else no_bounds, len(units), part.places)


def _bounds_of_mean(part: MeanPart, clusters: Sequence[Cluster]) -> tuple[str, Callable[[float], Interval]]:
    """Choose by the scale of the scores."""
    if part.scale:
        widest = part.scale[1] - part.scale[0]
        return "t", lambda confidence: scale_difference(clusters, widest, confidence)
    if not part.share:
        return "t", lambda confidence: mean_interval(clusters, confidence)
    return bounds_of_shares(clusters)


def _mean(part: MeanPart, seen: Sequence[Observation]) -> float:
    return sum(map(part.score, seen)) / len(seen)


def _of_joint(part: JointPart, units: Sequence[Sequence[Pair]], n: int, asked: int) -> Iterator[Figure]:
    def values(counts: Mapping[Sides, int]) -> Sequence[float]:
        own, theirs = _side(counts, 0), _side(counts, 1)
        return [a - b for a, b in zip(part.values(own), part.values(theirs), strict=True)]

    alone = Counter(_sides(unit[0]) for unit in units if len(unit) == 1)
    groups = [Counter(map(_sides, unit)) for unit in units if len(unit) > 1]
    draw = cache(lambda: resampled(values, alone, groups))
    measured = values(sum(groups, Counter(alone))) if n else []
    for place, (name, how) in enumerate(zip(part.names, part.hows, strict=True)):
        signature = f"{how}|paired|{BOOTSTRAP}{_of_clusters(units, n)}|v1"
        bounds = partial(_bootstrapped, partial(_column, draw, place), len(units), part.most) if n else no_bounds
        yield Figure(name, measured[place] if n else None, n, asked - n, signature, bounds, len(units))


def _sides(pair: Pair) -> Sides:
    return pair.own, pair.theirs


def _side(counts: Mapping[Sides, int], side: int) -> Mapping[Observation, int]:
    found: Counter[Observation] = Counter()
    for sides, count in counts.items():
        for seen in sides[side]:
            found[seen] += count
    return found


def _of_sums(part: SumPart, units: Sequence[Sequence[Pair]], n: int, asked: int) -> Figure:
    """Add up both sides' counts in one row each, so that a resample draws the pair and not the sides."""
    signature = f"{part.how}|paired|{BOOTSTRAP}{_of_clusters(units, n)}|v1"
    if not n:
        return Figure(part.name, None, 0, asked, signature, no_bounds, 0)
    rows = [added(Counter(map(_row, unit))) for unit in units]
    half = len(rows[0]) // 2

    def value(sums: Sequence[int]) -> float:
        return part.value(sums[:half]) - part.value(sums[half:])

    draw = cache(lambda: resampled_sums(value, Counter(rows), ()))
    bounds = partial(_bootstrapped, draw, len(units), part.most)
    return Figure(part.name, value(added(Counter(rows))), n, asked - n, signature, bounds, len(units))


def _row(pair: Pair) -> tuple[int, ...]:
    return (*added(Counter(pair.own)), *added(Counter(pair.theirs)))


def _column(draw: Callable[[], Sequence[Sequence[float]]], place: int) -> Sequence[float]:
    return sorted(values[place] for values in draw())


def _bootstrapped(draw: Callable[[], Sequence[float]], units: int, most: float | None, confidence: float) -> Interval:
    """Bound by the bootstrap; where all resamples say the same, by the interval of as many wins or losses.

    That interval is one of shares, so it is stretched to `most`; a difference without or beyond it has no bound then.
    """
    ordered = draw()
    if ordered[0] != ordered[-1]:
        return percentile(ordered, confidence)
    if most is None or abs(ordered[0]) > most:
        return Interval(None, None)
    low, high = same_everywhere(ordered[0] / most, units, confidence)
    return Interval(None if low is None else low * most, None if high is None else high * most)


def _of_clusters(units: Sequence[Sequence[Pair]], n: int) -> str:
    return ":clustered" if len(units) < n else ""
