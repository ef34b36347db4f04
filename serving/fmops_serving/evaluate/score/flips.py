"""The null control: how often a score differs between two runs of the same model."""

from collections.abc import Iterator

from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.part import MeanPart, Observation
from fmops_serving.evaluate.score.sample import Sample


class Flips:
    """Holds what one metric saw of each example until its twin of the control comes."""

    def __init__(self, metric: str, repeats: int) -> None:
        """Begin with nothing; repeats from `repeats` on are the control."""
        self._metric = metric
        self._repeats = repeats
        self._waiting: dict[tuple[str, int], Observation] = {}
        self._sample = Sample(repeated=repeats > 1)

    def add(self, example: str, repeat: int, cluster: str | None, observation: Observation) -> None:
        """Take an observation of the run or of the control."""
        twin = (example, repeat % self._repeats)
        if twin not in self._waiting:
            self._waiting[twin] = observation
        else:
            self._sample.add(example, cluster, float(self._waiting.pop(twin) != observation))

    def figures(self, asked: int) -> Iterator[Figure]:
        """Give the share of examples whose score differs, among those that both runs scored."""
        return figures_of(MeanPart(f"{self._metric}.flipRate", "fliprate", float), self._sample, asked)
