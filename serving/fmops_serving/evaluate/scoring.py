"""Scoring: rows to figures. Needs no endpoint, and goes over the rows twice instead of holding them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import NamedTuple

from fmops_api.evaluationplan import Confusion, EvaluationSummary
from fmops_api.evaluationrunstatus import SliceResult
from fmops_api.metrictype import MetricType
from fmops_api.prices import Unpriced
from fmops_api.promptcatalog import Example
from fmops_serving.evaluate.inputs import Inputs
from fmops_serving.evaluate.judge.judged import UNJUDGED, Judged
from fmops_serving.evaluate.newest import newest
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.score.confusion import confusion_of
from fmops_serving.evaluate.score.cost import cost_scorers, prices_of
from fmops_serving.evaluate.score.figure import Figure
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.flips import Flips
from fmops_serving.evaluate.score.latency import Latency
from fmops_serving.evaluate.score.metrics import BUILT_IN, scorers
from fmops_serving.evaluate.score.part import Observation, Part
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.score.result import results_of, slice_result
from fmops_serving.evaluate.score.sample import Sample
from fmops_serving.evaluate.score.scorer import Scorer
from fmops_serving.evaluate.score.slices import Slices


class Seen(NamedTuple):
    """One answer that is wanted, and what each metric saw of it."""

    key: Key
    example: Example
    row: Row | None
    """The row that counts; None where nothing was asked yet."""
    observations: Mapping[str, Observation | None]


def score(inputs: Inputs, rows: Rows, judged: Judged = UNJUDGED) -> EvaluationSummary:
    """Score the newest row of every example that was asked as it would be asked now; raises SinkFailed.

    Figures of judges are `judged` before.
    """
    return Scoring(inputs, newest(inputs, rows), judged).finish()


class Scoring:
    """The same answer by answer, for whoever keeps what is seen of each: once over all of them, then their sum.

    `answers` are the rows that count.
    """

    def __init__(self, inputs: Inputs, answers: Iterable[tuple[Key, Row | None]], judged: Judged = UNJUDGED) -> None:
        self.inputs, self.judged = inputs, judged
        tally = self._tally = _Tally(inputs, judged.unscored)
        self._seen = (tally.add(key, row) for key, row in answers)

    @property
    def scorers(self) -> Sequence[Scorer]:
        """Give the metrics that look at answers."""
        return self._tally.scorers

    def __iter__(self) -> Iterator[Seen]:
        return self._seen

    def finish(self) -> EvaluationSummary:
        """Go over what is left, and sum up."""
        for _ in self._seen:
            pass
        tally, inputs, judged = self._tally, self.inputs, self.judged
        return EvaluationSummary(
            model=inputs.candidate.name,
            results=results_of(inputs.plan, inputs.candidate, chain(tally.figures(), judged.figures)),
            slices=list(tally.sliced()),
            omitted_slices=tally.slices.omitted,
            confusions=tally.confusions(),
            answered=tally.counts["answered"],
            errors=tally.counts["errors"],
            total=tally.counts["wanted"],
            truncated=tally.counts["truncated"],
            cached=tally.counts["cached"],
            cost_faults=dict(tally.cost_faults),
            judge_faults=dict(judged.faults),
        )


class _Tally:
    """The metrics of one candidate while rows come in."""

    def __init__(self, inputs: Inputs, unjudged: Set[Key]) -> None:
        plan, self._inputs, self._unjudged = inputs.plan, inputs, unjudged
        self._examples = inputs.examples
        self._repeats = plan.repeats
        self._prices = prices_of(inputs)
        self.scorers = [*scorers(plan.metrics, inputs.labels, inputs.vectors), *cost_scorers(inputs)]
        self.cost_faults: Counter[str] = Counter()
        self._latencies = [
            Latency(m, plan.execution.max_in_flight) for m in plan.metrics if m.type is MetricType.LATENCY
        ]
        names = [*(scorer.name for scorer in self.scorers), *(part.name for part in BUILT_IN)]
        self._samples = {name: Sample(repeated=plan.repeats > 1) for name in names}
        self.slices = Slices(inputs, [scorer.name for scorer in self.scorers])
        controlled = self.scorers if inputs.times > plan.repeats else ()
        self._flips = {scorer.name: Flips(scorer.name, plan.repeats) for scorer in controlled}
        self.counts: Counter[str] = Counter()

    def add(self, key: Key, row: Row | None) -> Seen:
        """Take what came of one answer that is wanted; None when it was not asked yet."""
        example = self._examples[key[0]]
        answer = row if row is not None and row.answered else None
        observed = self._observed(key, example, answer)
        self._count_row(row, answer, observed)
        seen = Seen(key, example, row, observed)
        for name, flips in self._flips.items():
            if seen.observations[name] is not None:
                flips.add(*key, example.cluster, seen.observations[name])
        if key[1] < self._repeats:
            self._count(seen)
        if key[1] == 0:  # Repeats of an example take about as long: they would pass for more independent times.
            for latency in self._latencies:
                latency.add(answer if answer is None or answer.cached is None else None)
        return seen

    def figures(self) -> Iterator[Figure]:
        """Give every figure of every metric, then the built-in ones."""
        for scorer in self.scorers:
            yield from self._of(scorer.name, scorer.parts)
        for flips in self._flips.values():
            yield from flips.figures(len(self._examples))
        for latency in self._latencies:
            yield from latency.figures()
        for part in BUILT_IN:
            yield from self._of(part.name, [part])

    def sliced(self) -> Iterator[SliceResult]:
        """Give each metric's own figure, without its parts, of each slice."""
        for name, samples, asked in self.slices:
            for scorer in self.scorers:
                for figure in (each for part in scorer.parts for each in figures_of(part, samples[scorer.name], asked)):
                    if figure.name == scorer.name:
                        yield slice_result(self._inputs.candidate, figure, name)

    def confusions(self) -> list[Confusion]:
        """Give which class was answered for which, of every Classification."""
        names = [m.name for m in self._inputs.plan.metrics if m.type is MetricType.CLASSIFICATION]
        return [confusion_of(name, self._samples[name].all()) for name in names]

    def _count_row(self, row: Row | None, answer: Row | None, observed: Mapping[str, Observation | None]) -> None:
        counts = self.counts
        counts["wanted"] += 1
        if answer is not None:
            counts["answered"] += 1
            if observed["truncated"]:
                counts["truncated"] += 1
            if answer.cached is not None:
                counts["cached"] += 1
        elif row is not None:
            counts["errors"] += 1

    def _observed(self, key: Key, example: Example, answer: Row | None) -> dict[str, Observation | None]:
        """See the answer with every metric, and whether all that judge its text, and all judges, could score it."""
        if answer is None:
            return {**{s.name: None for s in self.scorers}, "coverage": 0.0, "errors": 1.0, "truncated": None}
        reply = Reply.of(example, self._inputs.language_of(key[0]), answer)
        seen: dict[str, Observation | None] = {}
        covered = key not in self._unjudged
        for scorer in self.scorers:
            found = seen[scorer.name] = scorer.observe(reply)
            covered = covered and (found is not None or not scorer.compares)
        if self._prices and isinstance(unknown := self._prices.cost(reply), Unpriced):
            self.cost_faults[unknown.value] += 1
        seen |= {"coverage": float(covered), "errors": 0.0, "truncated": float(answer.truncated)}
        return seen

    def _count(self, seen: Seen) -> None:
        unique_id, cluster, samples = seen.key[0], seen.example.cluster, self._samples
        for name, observation in seen.observations.items():
            if observation is not None:
                samples[name].add(unique_id, cluster, observation)
        if self.slices:
            self._count_in_slices(seen, unique_id, cluster)

    def _count_in_slices(self, seen: Seen, unique_id: str, cluster: str | None) -> None:
        for name, observation in seen.observations.items():
            if observation is not None:
                for sample in self.slices.around(name, unique_id):
                    sample.add(unique_id, cluster, observation)

    def _of(self, name: str, parts: Iterable[Part]) -> Iterator[Figure]:
        for part in parts:
            yield from figures_of(part, self._samples[name], len(self._examples))
