"""Quantiles of per-example values."""

from array import array
from collections.abc import Iterator, Mapping

from fmops_serving.evaluate.intervals import Interval, quantile, quantile_bounds
from fmops_serving.evaluate.score.figure import Figure, no_bounds

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Quantiles:
    """Collects values and gives each wanted quantile under `<name>.<quantile>`, bounded by order statistics."""

    def __init__(self, name: str, signature: str, shares: Mapping[str, float]) -> None:
        self._name = name
        self._signature = signature
        self._shares = shares
        self._values = array("d")
        self._unscored = 0

    def add(self, measured: float | None) -> None:
        """Take one value; None is unscored."""
        if measured is None:
            self._unscored += 1
        else:
            self._values.append(measured)

    def figures(self) -> Iterator[Figure]:
        """Give each quantile."""
        ordered = sorted(self._values)
        for word, share in self._shares.items():
            yield self._figure(word, ordered, share)

    def _figure(self, word: str, ordered: list[float], share: float) -> Figure:
        def bounds(confidence: float) -> Interval:
            return quantile_bounds(ordered, share, confidence)

        return Figure(
            f"{self._name}.{word}",
            quantile(ordered, share) if ordered else None,
            len(ordered),
            self._unscored,
            f"{self._signature}|orderstat",
            bounds if ordered else no_bounds,
        )
