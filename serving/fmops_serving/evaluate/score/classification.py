"""Classification: F1 of the classes, with accuracy, precision, recall and the share of answers that name no class."""

from collections.abc import Mapping, Sequence

from fmops_api.metric import Metric
from fmops_api.metrictype import Average
from fmops_serving.evaluate.score.confusion import Cell, averaged
from fmops_serving.evaluate.score.grade import Grade
from fmops_serving.evaluate.score.labels import LabelReader
from fmops_serving.evaluate.score.part import JointPart, MeanPart, Part
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.scorer import Scorer


def classification(metric: Metric, labels: frozenset[str]) -> Scorer:
    """Observe (right class, answered class). An example without a label is unscored.

    F1 is under the metric's name, the other figures under `<name>.<part>`.
    """
    reader, average = LabelReader(labels), metric.average or Average.MACRO

    def cell(reply: Reply) -> Cell | None:
        label = reply.example.label
        return None if label is None else (label, reader.read(reply.text))

    return Scorer(metric.name, _parts(metric.name, average, len(labels)), cell, _grade)


def _parts(name: str, average: Average, labels: int) -> Sequence[Part]:
    def signature(part: str) -> str:
        return f"classification|{part}|labels:{labels}"

    def values(cells: Mapping[Cell, int]) -> Sequence[float]:
        scores = averaged(cells, average)
        return scores.f1, scores.precision, scores.recall

    hows = [f"{signature(part)}|{average.lower()}|v2" for part in ("f1", "precision", "recall")]
    return (
        JointPart((name, f"{name}.precision", f"{name}.recall"), hows, values, _trials),
        MeanPart(f"{name}.accuracy", f"{signature('accuracy')}|v2", lambda cell: float(cell[0] == cell[1])),
        MeanPart(f"{name}.invalidRate", f"{signature('invalidRate')}|v2", lambda cell: float(cell[1] is None)),
    )


def _grade(seen: Cell) -> Grade:
    """Give 1 for the right class and 0 for another or none, with the class that was read."""
    return Grade(float(seen[0] == seen[1]), seen[1])


def _trials(cells: Mapping[Cell, int]) -> Sequence[int]:
    """Count the answers; precision is a share of those that name a class."""
    total = sum(cells.values())
    return total, sum(count for (_, said), count in cells.items() if said is not None), total
