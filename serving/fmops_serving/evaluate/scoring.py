"""Scoring: rows to figures. Needs no endpoint, and goes over the rows twice instead of holding them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from fmops_api.evaluationplan import Confusion, EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrunstatus import Result, SliceResult
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.intervals import wilson
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.score.classification import ClassificationTally
from fmops_serving.evaluate.score.figure import Figure, decimal, lower, no_bounds, upper
from fmops_serving.evaluate.score.pick import scorer_for
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.slices import largest, slices_of

DEFAULT_CONFIDENCE = "0.95"


def score(inputs: Inputs, rows: Rows) -> EvaluationSummary:
    """Score the newest row of every example that was asked as it would be asked now; raises SinkFailed."""
    tally = _Tally(inputs)
    wanted = {request.key: request.prompt_hash for request in inputs.requests()}
    chosen = _newest(rows, wanted)
    for number, row in enumerate(rows.read()):
        if chosen.get(row.key) == number:
            tally.add(row.key, row)
    for key in wanted.keys() - chosen.keys():
        tally.add(key, None)
    return EvaluationSummary(
        model=inputs.candidate.name,
        results=list(_results(inputs, tally.figures())),
        slices=list(_slice_results(inputs, tally.sliced())),
        omitted_slices=tally.omitted_slices,
        confusions=tally.confusions(),
        answered=tally.counts["answered"],
        errors=tally.counts["errors"],
        total=len(wanted),
        truncated=tally.counts["truncated"],
    )


def _newest(rows: Rows, wanted: Mapping[Key, str]) -> dict[Key, int]:
    """Give the number of the row that counts for each example: the newest answer, or the newest error without one."""
    chosen: dict[Key, int] = {}
    answered: set[Key] = set()
    for number, row in enumerate(rows.read()):
        if wanted.get(row.key) == row.prompt_hash and (row.answered or row.key not in answered):
            chosen[row.key] = number
            if row.answered:
                answered.add(row.key)
    return chosen


class _Tally:
    """The metrics of one candidate while rows come in: over all examples, and over each slice of them."""

    def __init__(self, inputs: Inputs) -> None:
        plan = inputs.plan
        self._inputs = inputs
        self._scorers = [scorer_for(m, inputs.labels, plan.execution.max_in_flight) for m in plan.metrics]
        self._tallies = [scorer.tally() for scorer in self._scorers]
        names, self.omitted_slices = largest(self._slices(key) for key in inputs.examples)
        self._sliced = {name: [scorer.tally() for scorer in self._scorers] for name in names}
        self._total = 0
        self._covered = 0
        self.counts: Counter[str] = Counter()

    def add(self, key: Key, row: Row | None) -> None:
        """Take what came of one example; None when it was not asked yet."""
        self._total += 1
        answer = row if row is not None and row.answered else None
        self.counts["answered"] += answer is not None
        self.counts["errors"] += row is not None and answer is None
        self.counts["truncated"] += answer is not None and answer.finish_reason == "length"
        sample = Sample.of(self._inputs.examples[key[0]], self._inputs.language_of(key[0]), answer)
        measured = [scorer.measure(sample) for scorer in self._scorers]
        sliced = [self._sliced[name] for name in self._slices(key[0]) if name in self._sliced]
        for tallies in (self._tallies, *sliced):
            for tally, each in zip(tallies, measured, strict=True):
                tally.add(each)
        compared = [each for scorer, each in zip(self._scorers, measured, strict=True) if scorer.compares]
        self._covered += answer is not None and None not in compared

    def figures(self) -> Iterator[Figure]:
        """Give every figure of every metric, then the built-in ones."""
        for tally in self._tallies:
            yield from tally.figures()
        yield self._share("coverage", self._covered, self._total)
        yield self._share("errors", self._total - self.counts["answered"], self._total)
        yield self._share("truncated", self.counts["truncated"], self.counts["answered"])

    def sliced(self) -> Iterator[tuple[str, Figure]]:
        """Give each metric's own figure, without its parts, of each slice."""
        names = {scorer.name for scorer in self._scorers}
        for name, tallies in self._sliced.items():
            for tally in tallies:
                yield from ((name, figure) for figure in tally.figures() if figure.name in names)

    def confusions(self) -> list[Confusion]:
        """Give which class was answered for which, of every Classification."""
        return [tally.confusion for tally in self._tallies if isinstance(tally, ClassificationTally)]

    def _slices(self, unique_id: str) -> Iterator[str]:
        inputs = self._inputs
        return slices_of(inputs.examples[unique_id], inputs.language_of(unique_id), inputs.plan.slices)

    def _share(self, name: str, count: int, total: int) -> Figure:
        bounds = (lambda confidence: wilson(count, total, confidence)) if total else no_bounds
        value = count / total if total else None
        return Figure(name, value, total, self._total - total, f"{name}|wilson|v1", bounds)


def _results(inputs: Inputs, figures: Iterable[Figure]) -> Iterator[Result]:
    for figure in figures:
        for confidence in _confidences(inputs.plan, figure.name):
            yield Result(**_written(inputs, figure, confidence))


def _slice_results(inputs: Inputs, sliced: Iterable[tuple[str, Figure]]) -> Iterator[SliceResult]:
    for name, figure in sliced:
        yield SliceResult(slice=name, **_written(inputs, figure, DEFAULT_CONFIDENCE))


def _written(inputs: Inputs, figure: Figure, confidence: str) -> dict[str, Any]:
    low, high = figure.bounds(float(confidence))
    return {
        "model": inputs.candidate.name,
        "metric": figure.name,
        "confidence": confidence,
        "revision": inputs.candidate.revision,
        "value": decimal(figure.value),
        "low": lower(low),
        "high": upper(high),
        "n": figure.n,
        "unscored": figure.unscored,
        "signature": figure.signature,
    }


def _confidences(plan: EvaluationPlan, metric: str) -> list[str]:
    """Give 0.95 and what gates on this figure ask for, each once."""
    wanted = [DEFAULT_CONFIDENCE, *(figure.confidence for figure in plan.figures if figure.metric == metric)]
    return list({Decimal(confidence): confidence for confidence in reversed(wanted)}.values())[::-1]
