"""Gathering findings while answers pass by; memory holds counts and the ten worst."""

from collections import Counter, defaultdict
from math import fsum
from operator import itemgetter

from fmops_api.metricscale import BEST_AT_ONE
from fmops_api.metrictype import MetricType
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.numberfile import SortedNumbers
from fmops_serving.evaluate.rows import Row
from fmops_serving.results.findings import (
    MOST_WORST,
    Findings,
    Worst,
    causes,
    confusion,
    curve,
    plain_messages,
    shortened,
)
from fmops_serving.results.graded import Graded

_LONGEST = 2**32 - 1
"""Microseconds, more than an hour: four bytes for each time."""
_Place = tuple[float, str, int]
"""Mean score, then the name, so that the same answers give the same report."""


class Collector:
    """Takes one answer after the other."""

    def __init__(self, inputs: Inputs) -> None:
        self._model = inputs.candidate.name
        self._telling = [m.name for m in inputs.plan.metrics if m.type in BEST_AT_ONE]
        self._classifying = [m.name for m in inputs.plan.metrics if m.type is MetricType.CLASSIFICATION]
        self._cells: dict[str, Counter[tuple[str, str | None]]] = defaultdict(Counter)
        self._times = {part: SortedNumbers("I") for part in ("timeToFirstToken", "request")}
        """In microseconds, which is what a curve shows."""
        self._errors: Counter[str] = Counter()
        self._unscored: Counter[str] = Counter()
        self._worst: list[tuple[_Place, Worst]] = []
        """From the worst on."""

    def add(self, answer: Graded) -> None:
        """Take one answer, or its absence."""
        row = answer.row
        for name, grade in answer.grades.items():
            if grade.score is None:
                self._unscored[name] += 1
        if row is None or not row.answered:
            self._errors[row.error if row and row.error else "not asked"] += 1
            return
        if row.cached is None:
            for times, seconds in zip(self._times.values(), (row.time_to_first_token, row.request_time), strict=True):
                if seconds is not None:
                    times.append(min(round(seconds * 1e6), _LONGEST))
        for name in self._classifying:
            grade = answer.grades[name]
            if grade.score is not None and answer.example.label is not None:
                self._cells[name][answer.example.label, grade.answered_class] += 1
        self._keep_if_bad(answer, row)

    def findings(self) -> Findings:
        """Give what was gathered."""
        return Findings(
            model=self._model,
            confusions=[confusion(name, self._cells[name]) for name in self._classifying],
            curves=[curve(part, times.ordered()) for part, times in self._times.items()],
            worst=[worst for _, worst in self._worst],
            causes=causes(self._errors),
            unscored={name: count for name, count in sorted(self._unscored.items()) if count},
        )

    def _keep_if_bad(self, answer: Graded, row: Row) -> None:
        grades = answer.grades
        scores = {name: score for name in self._telling if (score := grades[name].score) is not None}
        if not scores or min(scores.values()) >= 1.0:
            return
        place = (fsum(scores.values()) / len(scores), *answer.key)
        if len(self._worst) == MOST_WORST and place > self._worst[-1][0]:
            return
        worst = Worst(
            example=answer.key[0],
            repeat=answer.key[1],
            scores=scores,
            label=answer.example.label,
            references=[shortened(reference) for reference in answer.example.references or []],
            messages=plain_messages(row.messages),
            output=shortened(row.output or ""),
        )
        self._worst = sorted([*self._worst, (place, worst)], key=itemgetter(0))[:MOST_WORST]
