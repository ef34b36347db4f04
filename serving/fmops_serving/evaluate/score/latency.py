"""Latency: quantiles of the evaluation's own requests, in seconds."""

from collections.abc import Iterator
from typing import NamedTuple

from fmops_api.metric import Metric
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.quantiles import SHARES, Quantiles
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer


class Times(NamedTuple):
    """Times of the attempt that brought an answer, in seconds; failed ones, and waiting between them, do not count."""

    first_token: float | None
    between_tokens: float | None
    request: float | None


def latency(metric: Metric, in_flight: int) -> Scorer[Times]:
    """Take the times of an answer."""
    return Scorer(metric.name, _times, lambda: LatencyTally(metric.name, in_flight), compares=False)


class LatencyTally:
    """Quantiles of each time."""

    def __init__(self, name: str, in_flight: int) -> None:
        self._parts = [
            Quantiles(f"{name}.{part}", f"latency|{part}|inflight:{in_flight}|v2", SHARES)
            for part in ("timeToFirstToken", "betweenTokens", "request")
        ]

    def add(self, measured: Times | None) -> None:
        """Take the times of one answer; None is unscored, as is a time that is not known."""
        for part, seconds in zip(self._parts, measured or (None, None, None), strict=True):
            part.add(seconds)

    def figures(self) -> Iterator[Figure]:
        """Give every quantile of every time."""
        for part in self._parts:
            yield from part.figures()


def _times(sample: Sample) -> Times | None:
    if sample.text is None:
        return None
    return Times(sample.time_to_first_token, sample.time_between_tokens, sample.request_time)
