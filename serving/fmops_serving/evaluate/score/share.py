"""A share: how many of the scored examples something holds for."""

from collections.abc import Iterator

from fmops_serving.evaluate.intervals import wilson
from fmops_serving.evaluate.score.figure import Figure, no_bounds


class Share:
    """Counts hits; bounded by Wilson's interval."""

    def __init__(self, name: str, signature: str) -> None:
        self._name = name
        self._signature = signature
        self._hits = 0
        self._scored = 0
        self._unscored = 0

    def add(self, measured: bool | None) -> None:
        """Count one example; None is unscored."""
        if measured is None:
            self._unscored += 1
            return
        self._scored += 1
        self._hits += measured

    def figures(self) -> Iterator[Figure]:
        """Give the share."""
        hits, scored = self._hits, self._scored
        value = hits / scored if scored else None
        bounds = (lambda confidence: wilson(hits, scored, confidence)) if scored else no_bounds
        yield Figure(self._name, value, scored, self._unscored, f"{self._signature}|wilson", bounds)
