"""Length: how long answers are, in a unit that the metric names."""

from collections.abc import Iterator
from functools import partial
from unicodedata import normalize

from fmops_api.metric import Metric
from fmops_api.metrictype import LengthUnit
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.mean import Mean
from fmops_serving.evaluate.score.quantiles import SHARES, Quantiles
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.words import words

_QUANTILES = {word: SHARES[word] for word in ("p50", "p95")}


def length(metric: Metric) -> Scorer[int]:
    """Give an answer's length. Tokens are the endpoint's count; where it gives none, the example is unscored."""
    unit = metric.unit or LengthUnit.WORDS
    signature = f"length|{unit.lower()}|v1"
    return Scorer(metric.name, partial(_length, unit=unit), lambda: LengthTally(metric.name, signature), compares=False)


class LengthTally:
    """The mean, and two quantiles."""

    def __init__(self, name: str, signature: str) -> None:
        self._mean = Mean(name, signature, most=None)
        self._quantiles = Quantiles(name, signature, _QUANTILES)

    def add(self, measured: int | None) -> None:
        """Take one length; None is unscored."""
        self._mean.add(measured)
        self._quantiles.add(measured)

    def figures(self) -> Iterator[Figure]:
        """Give the mean and the quantiles."""
        yield from self._mean.figures()
        yield from self._quantiles.figures()


def _length(sample: Sample, unit: LengthUnit) -> int | None:
    if sample.text is None:
        return None
    if unit is LengthUnit.TOKENS:
        return sample.output_tokens
    return len(words(sample.text)) if unit is LengthUnit.WORDS else len(normalize("NFC", sample.text))
