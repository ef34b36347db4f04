"""Scoring: rows to figures. Needs no endpoint, and goes over the rows twice instead of holding them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain

from fmops_api.evaluationplan import EvaluationPlan, EvaluationSummary
from fmops_api.evaluationrunstatus import Result
from fmops_api.metric import Metric, MetricType
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.intervals import wilson
from fmops_serving.evaluate.judge.judged import Judged
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.score.classification import Classification
from fmops_serving.evaluate.score.exactmatch import ExactMatch
from fmops_serving.evaluate.score.figure import Figure, decimal, lower, no_bounds, upper
from fmops_serving.evaluate.score.latency import Latency

DEFAULT_CONFIDENCE = "0.95"


def score(inputs: Inputs, rows: Rows, judged: Judged | None = None) -> EvaluationSummary:
    """Score the newest row of every example that was asked as it would be asked now; raises SinkFailed."""
    judged = judged or Judged()
    tally = _Tally(inputs, judged)
    wanted = {request.key: request.prompt_hash for request in inputs.requests()}
    chosen = _newest(rows, wanted)
    for number, row in enumerate(rows.read()):
        if chosen.get(row.key) == number:
            tally.add(row.key, row)
    for key in wanted.keys() - chosen.keys():
        tally.add(key, None)
    return EvaluationSummary(
        model=inputs.candidate.name,
        results=list(_results(inputs, chain(tally.figures(), judged.figures))),
        answered=tally.counts["answered"],
        errors=tally.counts["errors"],
        total=len(wanted),
        truncated=tally.counts["truncated"],
        judge_faults=dict(judged.faults),
    )


def chosen_answers(inputs: Inputs, rows: Rows) -> Iterator[Row]:
    """Give the row that counts of every example with an answer; raises SinkFailed."""
    chosen = _newest(rows, {request.key: request.prompt_hash for request in inputs.requests()})
    for number, row in enumerate(rows.read()):
        if row.answered and chosen.get(row.key) == number:
            yield row


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
    """The metrics of one candidate while rows come in."""

    def __init__(self, inputs: Inputs, judged: Judged) -> None:
        plan = inputs.plan
        self._unjudged = judged.unscored
        self._examples = inputs.examples
        self._metrics = [_scorer(metric, plan, inputs.labels) for metric in plan.metrics]
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
        self._covered += self._score(key, answer)

    def _score(self, key: Key, answer: Row | None) -> bool:
        """Feed every metric, and say whether all that compare answers could score this one."""
        output = None if answer is None else answer.output
        covered = answer is not None and key not in self._unjudged
        for metric in self._metrics:
            if not isinstance(metric, Latency):
                covered = metric.add(self._examples[key[0]], output) and covered
            elif answer is None:
                metric.add(None, None)
            else:
                metric.add(answer.time_to_first_token, answer.request_time)
        return covered

    def figures(self) -> Iterator[Figure]:
        """Give every figure of every metric, then the built-in ones."""
        for metric in self._metrics:
            yield from metric.figures()
        yield self._share("coverage", self._covered)
        yield self._share("errors", self._total - self.counts["answered"])

    def _share(self, name: str, count: int) -> Figure:
        total = self._total
        bounds = (lambda confidence: wilson(count, total, confidence)) if total else no_bounds
        return Figure(name, count / total if total else None, total, 0, f"{name}|wilson|v1", bounds)


def _scorer(metric: Metric, plan: EvaluationPlan, labels: frozenset[str]) -> ExactMatch | Classification | Latency:
    match metric.type:
        case MetricType.EXACT_MATCH:
            return ExactMatch(metric)
        case MetricType.CLASSIFICATION:
            return Classification(metric, labels)
        case MetricType.LATENCY:
            return Latency(metric, plan.execution.max_in_flight)


def _results(inputs: Inputs, figures: Iterable[Figure]) -> Iterator[Result]:
    for figure in figures:
        for confidence in _confidences(inputs.plan, figure.name):
            low, high = figure.bounds(float(confidence))
            yield Result(
                model=inputs.candidate.name,
                metric=figure.name,
                confidence=confidence,
                revision=inputs.candidate.revision,
                value=decimal(figure.value),
                low=lower(low),
                high=upper(high),
                n=figure.n,
                unscored=figure.unscored,
                signature=figure.signature,
            )


def _confidences(plan: EvaluationPlan, metric: str) -> list[str]:
    """Give 0.95 and what gates on this figure ask for, each once."""
    wanted = [DEFAULT_CONFIDENCE, *(figure.confidence for figure in plan.figures if figure.metric == metric)]
    return list({Decimal(confidence): confidence for confidence in reversed(wanted)}.values())[::-1]
