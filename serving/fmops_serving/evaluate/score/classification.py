"""Classification: F1 of the classes, with accuracy, precision, recall and the share of answers that name no class."""

from collections.abc import Mapping, Sequence

from fmops_api.metric import Average, Metric
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.score.confusion import Cell, averaged
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.labels import LabelReader
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Part


class Classification:
    """Observes (right class, answered class). An example without a label is unscored.

    F1 is under the metric's name, the other figures under `<name>.<part>`.
    """

    def __init__(self, metric: Metric, labels: frozenset[str]) -> None:
        self.name = metric.name
        self._average = metric.average or Average.MACRO
        self._labels = len(labels)
        self._reader = LabelReader(labels)
        joint = ("f1", "precision", "recall")
        self.parts: Sequence[Part] = (
            JointPart(
                (self.name, f"{self.name}.precision", f"{self.name}.recall"),
                [f"{self._signature(part)}|{self._average.lower()}" for part in joint],
                self._values,
                _trials,
            ),
            MeanPart(f"{self.name}.accuracy", self._signature("accuracy"), lambda cell: float(cell[0] == cell[1])),
            MeanPart(f"{self.name}.invalidRate", self._signature("invalidRate"), lambda cell: float(cell[1] is None)),
        )

    def observe(self, example: Example, output: str) -> Cell | None:
        """Read the class out of one answer; None without a right one."""
        return None if example.label is None else (example.label, self._reader.read(output))

    def grade(self, seen: Cell) -> Grade:
        """Give 1 for the right class and 0 for another or none, with the class that was read."""
        return Grade(float(seen[0] == seen[1]), seen[1])

    def _values(self, cells: Mapping[Cell, int]) -> Sequence[float]:
        scores = averaged(cells, self._average)
        return scores.f1, scores.precision, scores.recall

    def _signature(self, part: str) -> str:
        return f"classification|{part}|labels:{self._labels}"


def _trials(cells: Mapping[Cell, int]) -> Sequence[int]:
    """Count the answers; precision is a share of those that name a class."""
    total = sum(cells.values())
    return total, sum(count for (_, said), count in cells.items() if said is not None), total
