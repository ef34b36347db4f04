"""From pairs to differences with intervals: candidate minus baseline."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from fmops_serving.evaluate.bootstrap import RESAMPLES, SEED, resampled
from fmops_serving.evaluate.compare.pairs import Pair
from fmops_serving.evaluate.intervals import Interval, percentile
from fmops_serving.evaluate.intervals_cluster import Cluster
from fmops_serving.evaluate.intervals_paired import are_shares, difference_interval, paired_shares, same_everywhere
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Observation, Part

Sides = tuple[tuple[Observation, ...], tuple[Observation, ...]]
"""All observations of one example: the candidate's and the baseline's."""


def differences_of(part: Part, pairs: Sequence[Pair], asked: int) -> Iterator[Figure]:
    """Give the difference of each figure of a part; `asked` examples were to be paired."""
    units = _units(pairs)
    if isinstance(part, MeanPart):
        yield _of_means(part, units, len(pairs), asked)
    else:
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
    how, bounds = _bounds_of_mean(clusters)
    value = sum(cluster.total for cluster in clusters) / n if n else None
    signature = f"{part.how}|paired|{how}{_of_clusters(units, n)}|v1"
    return Figure(part.name, value, n, asked - n, signature, bounds if n else no_bounds, len(units))


def _bounds_of_mean(clusters: Sequence[Cluster]) -> tuple[str, Callable[[float], Interval]]:
    """Choose: Bonett and Price's interval for answers that are right or wrong, one an example, else Student's t."""
    totals = [cluster.total for cluster in clusters]
    if all(cluster.size == 1 for cluster in clusters) and are_shares(totals):
        wins, losses = totals.count(1.0), totals.count(-1.0)
        return "bonettprice", lambda confidence: paired_shares(wins, losses, len(totals), confidence)
    return "t", lambda confidence: difference_interval(clusters, confidence)


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
        signature = f"{how}|paired|bootstrap:{RESAMPLES}:{SEED}{_of_clusters(units, n)}|v1"
        bounds = _bootstrapped(draw, place, len(units)) if n else no_bounds
        yield Figure(name, measured[place] if n else None, n, asked - n, signature, bounds, len(units))


def _sides(pair: Pair) -> Sides:
    return pair.own, pair.theirs


def _side(counts: Mapping[Sides, int], side: int) -> Mapping[Observation, int]:
    found: Counter[Observation] = Counter()
    for sides, count in counts.items():
        for seen in sides[side]:
            found[seen] += count
    return found


def _bootstrapped(draw: Callable[[], Sequence[Sequence[float]]], place: int, units: int) -> Callable[[float], Interval]:
    """Bound by the bootstrap; where all resamples say the same, by the interval of as many wins or losses."""

    def bounds(confidence: float) -> Interval:
        ordered = sorted(values[place] for values in draw())
        if ordered[0] == ordered[-1]:
            return same_everywhere(ordered[0], units, confidence)
        return percentile(ordered, confidence)

    return bounds


def _of_clusters(units: Sequence[Sequence[Pair]], n: int) -> str:
    return ":clustered" if len(units) < n else ""
