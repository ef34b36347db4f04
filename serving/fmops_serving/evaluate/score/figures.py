"""From a sample to figures with intervals; which method fits is decided here."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from fmops_serving.evaluate.bootstrap import BOOTSTRAP, added, resampled, resampled_sums
from fmops_serving.evaluate.intervals import (
    Interval,
    OrderedCounts,
    percentile,
    quantile,
    quantile_bounds,
    wilson,
    wilson_of_share,
)
from fmops_serving.evaluate.intervals_cluster import mean_interval, scale_interval, share_interval
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Part, QuantilePart, SumPart
from fmops_serving.evaluate.score.sample import Sample, Scored


def figures_of(part: Part, sample: Sample, asked: int) -> Iterator[Figure]:
    """Give the figures of a part; `asked` examples were to be observed."""
    match part:
        case MeanPart():
            yield _mean(part, sample, asked)
        case SumPart():
            yield _sum(part, sample, asked)
        case QuantilePart() if not sample.groups:
            yield _quantile(part, sample, asked)
        case QuantilePart():
            yield from _joint(part.joint(), sample, asked)
        case JointPart():
            yield from _joint(part, sample, asked)


def _mean(part: MeanPart, sample: Sample, asked: int) -> Figure:
    clusters = sample.scored(part.score)
    how, bounds = _bounds_of_mean(part, sample, clusters)
    total, n = clusters.total, sample.examples
    signature = f"{part.how}|{how}{_of_clusters(sample)}|v1"
    return Figure(
        part.name,
        total / n if n else None,
        n,
        asked - n,
        signature,
        bounds if n else no_bounds,
        sample.units,
        part.places,
    )


def _bounds_of_mean(part: MeanPart, sample: Sample, clusters: Scored) -> tuple[str, Callable[[float], Interval]]:
    """Choose: Wilson for shares (of the effective number of examples where they share clusters), else Student's t."""
    if part.scale:
        low, high = part.scale
        return "t", lambda confidence: scale_interval(clusters, low, high, confidence)
    if not part.share:
        return "t", lambda confidence: _from(part.least, mean_interval(clusters, confidence))
    if all(cluster.size == 1 and cluster.total in {0, 1} for cluster in clusters.kinds):
        hits = round(clusters.total)
        return "wilson", lambda confidence: wilson(hits, sample.examples, confidence)
    return "wilson:effective", lambda confidence: share_interval(clusters, confidence)


def _from(least: float | None, found: Interval) -> Interval:
    """End an interval where scores do: no answer is shorter than nothing."""
    return found if least is None or found.low is None else Interval(max(least, found.low), found.high)


def _joint(part: JointPart, sample: Sample, asked: int) -> Iterator[Figure]:
    counts, n = sample.all(), sample.examples
    if not n:
        yield from (Figure(name, None, 0, asked, f"{how}|{BOOTSTRAP}|v1", no_bounds) for name, how in _named(part))
        return
    values, trials = part.values(counts), part.trials(counts)
    draw = cache(lambda: resampled(part.values, sample.alone, sample.groups))
    for place, (name, how) in enumerate(_named(part)):
        signature = f"{how}|{BOOTSTRAP}{_of_clusters(sample)}|v1"
        # At most as many trials as are independent, so that repeats and clusters do not pass for more.
        independent = min(trials[place], sample.units)
        bounds = partial(_bootstrapped, partial(_column, draw, place), independent, part.most)
        yield Figure(name, values[place], n, asked - n, signature, bounds, sample.units)


def _sum(part: SumPart, sample: Sample, asked: int) -> Figure:
    n = sample.examples
    signature = f"{part.how}|{BOOTSTRAP}{_of_clusters(sample)}|v1"
    if not n:
        return Figure(part.name, None, 0, asked, signature, no_bounds)
    draw = cache(lambda: resampled_sums(part.value, sample.alone, sample.groups))
    bounds = partial(_bootstrapped, draw, sample.units, part.most)
    return Figure(part.name, part.value(added(sample.all())), n, asked - n, signature, bounds, sample.units)


def _quantile(part: QuantilePart, sample: Sample, asked: int) -> Figure:
    """Bound by order statistics, which need observations that are independent of each other."""
    ordered = OrderedCounts((part.score(seen), count) for seen, count in sample.alone.items())
    value = quantile(ordered, part.share) if ordered else None
    bounds = partial(quantile_bounds, ordered, part.share) if ordered else no_bounds
    return Figure(part.name, value, len(ordered), asked - len(ordered), f"{part.how}|orderstat|v1", bounds)


def _column(draw: Callable[[], Sequence[Sequence[float]]], place: int) -> Sequence[float]:
    return sorted(values[place] for values in draw())


def _bootstrapped(draw: Callable[[], Sequence[float]], trials: int, most: float | None, confidence: float) -> Interval:
    """Bound by the bootstrap. Where all resamples say the same it knows no doubt, so Wilson's interval stands in.

    That interval is one of shares, so it is stretched to `most`; a value without or beyond it has no bound then.
    """
    ordered = draw()
    if ordered[0] != ordered[-1]:
        return percentile(ordered, confidence)
    if not trials or most is None or not 0 <= ordered[0] <= most:
        return Interval(None, None)
    low, high = wilson_of_share(ordered[0] / most, trials, confidence)
    return Interval(None if low is None else low * most, None if high is None else high * most)


def _named(part: JointPart) -> Iterator[tuple[str, str]]:
    return zip(part.names, part.hows, strict=True)


def _of_clusters(sample: Sample) -> str:
    return ":clustered" if sample.clustered else ""
