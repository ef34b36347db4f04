"""From a level to figures with intervals."""

from collections.abc import Callable, Iterator, Sequence

from fmops_api.performance import QUANTILES
from fmops_serving.evaluate.intervals import Interval, quantile, quantile_bounds
from fmops_serving.evaluate.intervals_cluster import Cluster, mean_interval
from fmops_serving.evaluate.performance.level import Level
from fmops_serving.evaluate.performance.timing import Timed
from fmops_serving.evaluate.score.figure import Figure, no_bounds

_SHARES = {name: int(name[1:]) / 100 for name in QUANTILES}
_WINDOWS = 10
"""Parts of a level whose rates bound its throughput."""


def figures_of_level(level: Level) -> Iterator[Figure]:
    """Give throughput and latency; what goes last from a summary that is too long comes first."""
    yield _throughput("throughput.requests", level, [1] * len(level.timed))
    tokens = [each.output_tokens for each in level.timed]
    yield _throughput("throughput.outputTokens", level, tokens)
    times: dict[str, list[float | None]] = {
        "timeToFirstToken": [each.first for each in level.timed],
        "betweenTokens": [each.between for each in level.timed],
        "request": [each.whole for each in level.timed],
    }
    for word in ("p95", "p50", "p99"):
        for name, seconds in times.items():
            yield _latency(f"latency.{name}.{word}", level, seconds, _SHARES[word])


def _latency(name: str, level: Level, seconds: Sequence[float | None], share: float) -> Figure:
    ordered = sorted(each for each in seconds if each is not None)

    def bounds(confidence: float) -> Interval:
        return quantile_bounds(ordered, share, confidence)

    n = len(ordered)
    value, bound = (quantile(ordered, share), bounds) if ordered else (None, no_bounds)
    return Figure(_at(name, level), value, n, level.requests - n, _signed("latency", level, "orderstat"), bound)


def _throughput(name: str, level: Level, amounts: Sequence[int | None]) -> Figure:
    """Give amounts per second, which count when their request is done; unknown when any of them is."""
    known = [amount for amount in amounts if amount is not None]
    n = len(known)
    value = sum(known) / level.duration if known and n == len(amounts) else None
    signature = _signed("throughput", level, f"batchmeans:{_WINDOWS}|t")
    bound = no_bounds if value is None else _by_windows(level, list(zip(level.timed, known, strict=True)))
    return Figure(_at(name, level), value, n, level.requests - n, signature, bound)


def _by_windows(level: Level, done: Sequence[tuple[Timed, int]]) -> Callable[[float], Interval]:
    """Bound a rate by Student's t over the rates of equal parts of the time (batch means: Law and Kelton, 9.5.3)."""
    width, amounts = level.duration / _WINDOWS, [0.0] * _WINDOWS
    for timed, amount in done:
        place = int((timed.arrivals[-1] - level.started) / width)
        amounts[min(_WINDOWS - 1, max(0, place))] += amount
    rates = [Cluster(amount / width, 1) for amount in amounts]

    def bounds(confidence: float) -> Interval:
        low, high = mean_interval(rates, confidence)
        return Interval(None if low is None else max(0.0, low), high)

    return bounds if len(done) >= 2 * _WINDOWS else no_bounds


def _at(name: str, level: Level) -> str:
    return f"{name}.c{level.concurrency}"


def _signed(what: str, level: Level, how: str) -> str:
    return f"{what}|inflight:{level.concurrency}|requests:{level.requests}|{how}|v1"
