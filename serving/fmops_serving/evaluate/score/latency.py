"""Latency: quantiles of the evaluation's own requests, in seconds."""

from collections.abc import Iterator

from fmops_api.metric import Metric
from fmops_serving.evaluate.intervals import Interval, Ordered, quantile, quantile_bounds
from fmops_serving.evaluate.numberfile import SortedNumbers
from fmops_serving.evaluate.rows import Row
from fmops_serving.evaluate.score.figure import Figure, no_bounds

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Latency:
    """Collects times of the attempts that brought an answer; failed ones, and waiting between them, do not count."""

    def __init__(self, metric: Metric, in_flight: int) -> None:
        self._name = metric.name
        self._in_flight = in_flight
        self._total = 0
        self._times = {part: SortedNumbers("d") for part in ("timeToFirstToken", "betweenTokens", "request")}

    def add(self, answer: Row | None) -> None:
        """Take the times of one answer; None where none came in this run. A time that is not known is unscored."""
        self._total += 1
        if answer is None:
            return
        known = (answer.time_to_first_token, answer.time_between_tokens, answer.request_time)
        for times, seconds in zip(self._times.values(), known, strict=True):
            if seconds is not None:
                times.append(seconds)

    def figures(self) -> Iterator[Figure]:
        """Give each quantile, bounded by order statistics."""
        for part, times in self._times.items():
            ordered = times.ordered()
            for word, share in _SHARES.items():
                yield self._figure(part, word, ordered, share)

    def _figure(self, part: str, word: str, ordered: Ordered, share: float) -> Figure:
        def bounds(confidence: float) -> Interval:
            return quantile_bounds(ordered, share, confidence)

        return Figure(
            f"{self._name}.{part}.{word}",
            quantile(ordered, share) if ordered else None,
            len(ordered),
            self._total - len(ordered),
            f"latency|{part}|inflight:{self._in_flight}|v2|orderstat|v1",
            bounds if ordered else no_bounds,
        )
