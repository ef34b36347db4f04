"""From a sample to figures with intervals; which method fits is decided here."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from fmops_serving.evaluate.bootstrap import RESAMPLES, SEED, resampled
from fmops_serving.evaluate.intervals import Interval, percentile, wilson, wilson_of_share
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval, share_interval
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Part
from fmops_serving.evaluate.score.sample import Sample

BOOTSTRAP = f"bootstrap:{RESAMPLES}:{SEED}"


def figures_of(part: Part, sample: Sample, asked: int) -> Iterator[Figure]:
    """Give the figures of a part; `asked` examples were to be observed."""
    if isinstance(part, MeanPart):
        yield _mean(part, sample, asked)
    else:
        yield from _joint(part, sample, asked)


def _mean(part: MeanPart, sample: Sample, asked: int) -> Figure:
    clusters = sample.scored(part.score)
    how, bounds = _bounds_of_mean(part, sample, clusters)
    total, n = sum(cluster.total for cluster in clusters), sample.examples
    signature = f"{part.how}|{how}{_of_clusters(sample)}|v1"
    return Figure(
        part.name, total / n if n else None, n, asked - n, signature, bounds if n else no_bounds, sample.units
    )


def _bounds_of_mean(
    part: MeanPart, sample: Sample, clusters: Sequence[Cluster]
) -> tuple[str, Callable[[float], Interval]]:
    """Choose: Wilson for shares (of the effective number of examples where they share clusters), else Student's t."""
    if not part.share:
        return "t", lambda confidence: mean_interval(clusters, confidence)
    if all(cluster.size == 1 and cluster.total in {0, 1} for cluster in clusters):
        hits = round(sum(cluster.total for cluster in clusters))
        return "wilson", lambda confidence: wilson(hits, sample.examples, confidence)
    return "wilson:effective", lambda confidence: share_interval(clusters, confidence)


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
        yield Figure(
            name, values[place], n, asked - n, signature, _bootstrapped(draw, place, independent), sample.units
        )


def _bootstrapped(
    draw: Callable[[], Sequence[Sequence[float]]], place: int, trials: int
) -> Callable[[float], Interval]:
    """Bound by the bootstrap. Where all resamples say the same it knows no doubt, so Wilson's interval stands in."""

    def bounds(confidence: float) -> Interval:
        ordered = sorted(values[place] for values in draw())
        if ordered[0] == ordered[-1]:
            return wilson_of_share(ordered[0], trials, confidence) if trials else Interval(None, None)
        return percentile(ordered, confidence)

    return bounds


def _named(part: JointPart) -> Iterator[tuple[str, str]]:
    return zip(part.names, part.hows, strict=True)


def _of_clusters(sample: Sample) -> str:
    return ":clustered" if sample.clustered else ""
