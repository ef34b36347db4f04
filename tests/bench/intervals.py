"""How often intervals hold what they promise: `python -m tests.bench.intervals [--sets 2000]`.

Draws synthetic sets of examples whose truth is known, bounds it by each method, and prints in which share of the sets
the nominal 95 % interval covers the truth: 92 to 98 % is good from 100 examples on. Small sets and shares near 0 and 1
are printed beside, for docs/uncertainty.md; they are no goal. Beside each method that we use stands the usual one that
it replaces, where there is one. Not a test: nothing fails.
"""

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from fmops_api.metrictype import Average
from fmops_serving.evaluate.bootstrap import resampled
from fmops_serving.evaluate.intervals import Interval, percentile, quantile_bounds, wilson, wilson_of_share
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval, share_interval
from fmops_serving.evaluate.intervals_paired import bounds_of_win_rate, difference_interval, paired_shares
from fmops_serving.evaluate.score.confusion import averaged
from fmops_serving.evaluate.student import t_interval

CONFIDENCE, LOW, HIGH, ENOUGH = 0.95, 0.92, 0.98, 100
Draw = random.Random
CLASSES = ("a", "b", "c", "d")


@dataclass(frozen=True)
class Case:
    """A method on one kind of data: draws a set of n examples, bounds the truth, knows it."""

    method: str
    data: str
    n: int
    truth: float
    bound: Callable[[Draw, int], Interval]
    usual: bool = False
    """A usual method that is shown for comparison, and not used."""
    edge: bool = False
    """Data near 0 or 1, where few examples tell little: shown for the docs, and no goal."""


def cases() -> Iterator[Case]:
    """Give every case, the good ones of each method first."""
    for n in (20, 100, 400):
        for share in (0.02, 0.2, 0.5, 0.98):
            yield Case("Wilson", f"share {share}", n, share, partial(_wilson, share))
            yield Case("normal (Wald)", f"share {share}", n, share, partial(_wald, share), usual=True)
        yield Case("Student t", "normal scores", n, 0.0, _t_of_normal)
        yield Case("Student t", "scores 0..1, mean 0.6", n, 0.6, partial(_t_of_beta, 3.0, 2.0))
        yield Case("Student t", "scores 0..1, mean 0.02", n, 0.02, partial(_t_of_beta, 0.1, 4.9), edge=True)
        yield Case(
            "Wilson, effective n", "scores 0..1, mean 0.02", n, 0.02, partial(_share_of_beta, 0.1, 4.9), edge=True
        )
        yield Case("Wilson, effective n", "share 0.8, clusters of 5", n, 0.8, partial(_clustered_share, 0.8, 5))
        yield Case("Wilson, effective n", "share 0.97, clusters of 5", n, 0.97, partial(_clustered_share, 0.97, 5))
        yield Case("Wilson", "share 0.8, clusters of 5", n, 0.8, partial(_cluster_blind, 0.8, 5), usual=True)
        yield Case("Wilson, effective n", "share 0.7, 3 repeats", n, 0.7, partial(_repeated_share, 0.7, 3))
        yield Case("Student t, clustered", "normal scores, clusters of 5", n, 0.0, partial(_clustered_t, 5))
        yield Case("Bonett-Price", "right 0.80 against 0.75", n, 0.05, partial(_paired, 0.80, 0.75))
        yield Case("Bonett-Price", "right 0.97 against 0.97", n, 0.0, partial(_paired, 0.97, 0.97), edge=True)
        yield Case("Bonett-Price", "right 0.99 against 0.97", n, 0.02, partial(_paired, 0.99, 0.97), edge=True)
        yield Case("Student t", "right 0.99 against 0.97", n, 0.02, partial(_paired_t, 0.99, 0.97), usual=True)
        for win, tie in ((0.45, 0.3), (0.1, 0.8), (0.85, 0.05)):
            rate = win + tie / 2
            yield Case("win rate", f"wins {win}, ties {tie}", n, rate, partial(_win_rate, win, tie))
            yield Case("Wilson", f"wins {win}, ties {tie}", n, rate, partial(_ties_as_halves, win, tie), usual=True)
        yield Case("Student t, paired", "scores 0..1 that go together", n, 0.05, _paired_scores)
        yield Case(
            "Student t, paired, clustered", "right or wrong, clusters of 5", n, 0.05, partial(_paired_clusters, 5)
        )
        yield Case("order statistics", "median of log-normal", n, 1.0, partial(_quantile, 0.5))
        above = math.exp(1.6448536)
        yield Case("order statistics", "95th percentile of log-normal", n, above, partial(_quantile, 0.95), edge=True)
    for n in (20, 100):
        yield Case("bootstrap", "macro F1, 4 classes", n, _f1_truth(), _f1)
        yield Case("bootstrap, clustered", "macro F1, clusters of 5", n, _f1_truth(), partial(_f1_clustered, 5))
        yield Case("bootstrap, paired", "macro F1 against another", n, 0.0, _f1_paired)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.intervals", description=__doc__)
    parser.add_argument("--sets", type=int, default=2000, help="synthetic sets for each case")
    parser.add_argument("--only", default="", help="only methods whose name holds this")
    chosen = parser.parse_args()
    wanted = [case for case in cases() if chosen.only in case.method]
    print(f"{'method':30}{'data':34}{'n':>5}{'covers':>9}   nominal {CONFIDENCE:.0%}, {chosen.sets} sets each")
    began, short = perf_counter(), []
    with ProcessPoolExecutor(2) as pool:
        for case, covered in zip(wanted, pool.map(partial(coverage, chosen.sets), wanted), strict=True):
            fits = LOW <= covered <= HIGH
            if case.n >= ENOUGH and not (fits or case.usual or case.edge):
                short.append(case)
            mark = "(usual, not used)" if case.usual else "" if fits else "short" if covered < LOW else "wide"
            print(f"{case.method:30}{case.data:34}{case.n:5}{covered:9.1%}   {mark}", flush=True)
    told = ", ".join(f"{case.method} on {case.data} with {case.n}" for case in short) or "none"
    print(f"outside 92 to 98 % with {ENOUGH} examples or more: {told} ({perf_counter() - began:.0f} s)")


def coverage(sets: int, case: Case) -> float:
    """Give the share of sets whose interval covers the truth; the same every time."""
    draw = random.Random(f"{case.method} {case.data} {case.n}")
    hits = 0
    for _ in range(sets):
        low, high = case.bound(draw, case.n)
        hits += (low is None or low <= case.truth + 1e-12) and (high is None or case.truth - 1e-12 <= high)
    return hits / sets


def _wilson(share: float, draw: Draw, n: int) -> Interval:
    return wilson(sum(draw.random() < share for _ in range(n)), n, CONFIDENCE)


def _wald(share: float, draw: Draw, n: int) -> Interval:
    measured = sum(draw.random() < share for _ in range(n)) / n
    reach = 1.959964 * math.sqrt(measured * (1 - measured) / n)
    return Interval(measured - reach, measured + reach)


def _alone(values: list[float]) -> list[Cluster]:
    return [Cluster(value, 1) for value in values]


def _t_of_normal(draw: Draw, n: int) -> Interval:
    return mean_interval(_alone([draw.gauss(0, 1) for _ in range(n)]), CONFIDENCE)


def _t_of_beta(a: float, b: float, draw: Draw, n: int) -> Interval:
    return mean_interval(_alone([draw.betavariate(a, b) for _ in range(n)]), CONFIDENCE)


def _share_of_beta(a: float, b: float, draw: Draw, n: int) -> Interval:
    return share_interval(_alone([draw.betavariate(a, b) for _ in range(n)]), CONFIDENCE)


def _clusters(share: float, size: int, draw: Draw, n: int) -> list[Cluster]:
    """Draw clusters of right and wrong answers whose own share varies: correlation 1 / (1 + 2) within a cluster."""
    shares = (draw.betavariate(2 * share, 2 * (1 - share)) for _ in range(n // size))
    return [Cluster(sum(draw.random() < own for _ in range(size)), size) for own in shares]


def _clustered_share(share: float, size: int, draw: Draw, n: int) -> Interval:
    return share_interval(_clusters(share, size, draw, n), CONFIDENCE)


def _cluster_blind(share: float, size: int, draw: Draw, n: int) -> Interval:
    return wilson(round(sum(cluster.total for cluster in _clusters(share, size, draw, n))), n, CONFIDENCE)


def _repeated_share(share: float, repeats: int, draw: Draw, n: int) -> Interval:
    found = _clusters(share, repeats, draw, n * repeats)
    return share_interval([Cluster(cluster.total / repeats, 1) for cluster in found], CONFIDENCE)


def _clustered_t(size: int, draw: Draw, n: int) -> Interval:
    centres = (draw.gauss(0, 1) for _ in range(n // size))
    return mean_interval([Cluster(sum(draw.gauss(c, 1) for _ in range(size)), size) for c in centres], CONFIDENCE)


def _wins_and_losses(own: float, theirs: float, draw: Draw, n: int) -> tuple[int, int]:
    """Draw pairs that go together: half of the examples are decided by one draw for both."""
    wins = losses = 0
    for _ in range(n):
        first = draw.random()
        second = first if draw.random() < 0.5 else draw.random()
        wins += (first < own) and not (second < theirs)
        losses += not (first < own) and (second < theirs)
    return wins, losses


def _paired(own: float, theirs: float, draw: Draw, n: int) -> Interval:
    return paired_shares(*_wins_and_losses(own, theirs, draw, n), n, CONFIDENCE)


def _paired_t(own: float, theirs: float, draw: Draw, n: int) -> Interval:
    wins, losses = _wins_and_losses(own, theirs, draw, n)
    mean = (wins - losses) / n
    return t_interval(mean, math.sqrt(((wins + losses) / n - mean**2) / (n - 1)), n - 1, CONFIDENCE)


def _outcomes(win: float, tie: float, draw: Draw, n: int) -> list[Cluster]:
    return _alone([1.0 if (at := draw.random()) < win else 0.5 if at < win + tie else 0.0 for _ in range(n)])


def _win_rate(win: float, tie: float, draw: Draw, n: int) -> Interval:
    _, bounds = bounds_of_win_rate(_outcomes(win, tie, draw, n))
    return bounds(CONFIDENCE)


def _ties_as_halves(win: float, tie: float, draw: Draw, n: int) -> Interval:
    return wilson_of_share(sum(each.total for each in _outcomes(win, tie, draw, n)) / n, n, CONFIDENCE)


def _paired_scores(draw: Draw, n: int) -> Interval:
    """Draw differences of scores: a common part cancels, and the candidate is better by 0.05."""
    return difference_interval(_alone([0.05 + 0.3 * (draw.random() - draw.random()) for _ in range(n)]), CONFIDENCE)


def _paired_clusters(size: int, draw: Draw, n: int) -> Interval:
    found = []
    for _ in range(n // size):
        shift = draw.uniform(-0.1, 0.1)
        wins, losses = _wins_and_losses(0.80 + shift, 0.75 + shift, draw, size)
        found.append(Cluster(wins - losses, size))
    return difference_interval(found, CONFIDENCE)


def _quantile(share: float, draw: Draw, n: int) -> Interval:
    return quantile_bounds(sorted(draw.lognormvariate(0, 1) for _ in range(n)), share, CONFIDENCE)


RIGHT = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6}
"""How often an answer to an example of the class is right; else it is one of the others."""


def _cell(draw: Draw, shift: float = 0.0) -> tuple[str, str | None]:
    gold = draw.choice(CLASSES)
    if draw.random() < RIGHT[gold] + shift:
        return gold, gold
    return gold, draw.choice([name for name in CLASSES if name != gold])


def _f1_truth() -> float:
    """Give macro F1 of endlessly many answers."""
    cells = Counter({(g, s): 3000 * (RIGHT[g] if g == s else (1 - RIGHT[g]) / 3) for g in CLASSES for s in CLASSES})
    return _macro(Counter({cell: round(count) for cell, count in cells.items()}))


def _macro(cells: Counter[tuple[str, str | None]]) -> float:
    return averaged(cells, Average.MACRO).f1


def _f1(draw: Draw, n: int) -> Interval:
    cells = Counter(_cell(draw) for _ in range(n))
    return percentile(sorted(resampled(lambda seen: averaged(seen, Average.MACRO).f1, cells, [])), CONFIDENCE)


def _f1_clustered(size: int, draw: Draw, n: int) -> Interval:
    groups = []
    for _ in range(n // size):
        shift = draw.uniform(-0.1, 0.1)
        groups.append(Counter(_cell(draw, shift) for _ in range(size)))
    return percentile(sorted(resampled(lambda seen: averaged(seen, Average.MACRO).f1, {}, groups)), CONFIDENCE)


def _f1_paired(draw: Draw, n: int) -> Interval:
    """Two models that are equally good: a third of the answers are the same."""
    pairs: Counter[tuple[tuple[str, str | None], tuple[str, str | None]]] = Counter()
    for _ in range(n):
        own = _cell(draw)
        theirs = own if draw.random() < 1 / 3 else _of_class(draw, own[0])
        pairs[own, theirs] += 1

    def difference(seen: Counter[tuple[tuple[str, str | None], tuple[str, str | None]]]) -> float:
        sides: list[Counter[tuple[str, str | None]]] = [Counter(), Counter()]
        for both, count in seen.items():
            for side, cell in zip(sides, both, strict=True):
                side[cell] += count
        return _macro(sides[0]) - _macro(sides[1])

    return percentile(sorted(resampled(difference, pairs, [])), CONFIDENCE)  # type: ignore[arg-type]


def _of_class(draw: Draw, gold: str) -> tuple[str, str | None]:
    if draw.random() < RIGHT[gold]:
        return gold, gold
    return gold, draw.choice([name for name in CLASSES if name != gold])


if __name__ == "__main__":
    main()
