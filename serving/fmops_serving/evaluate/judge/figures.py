"""Figures of judges and juries: means of scores, and how far judges agree with people and with each other."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import floor, fsum
from statistics import median
from typing import TypeVar

from fmops_api.judge import ALPHA, KAPPA, Jury, KappaWeights
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.intervals import Interval, percentile
from fmops_serving.evaluate.judge.agreement import alpha, kappa, mean_interval
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.prompt import PROMPT_VERSION
from fmops_serving.evaluate.judge.rows import Finding
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure, no_bounds

RESAMPLES = 1000
SEED = 7
Scores = Mapping[str, float]
Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Means:
    """Means of scores over examples: the whole under `name`, then each criterion. `total` examples were asked."""

    name: str
    rubric: Rubric
    signature: str
    total: int

    def figures(self, scores: Mapping[Key, Scores]) -> Iterator[Figure]:
        """Average the repeats of an example first, then the examples."""
        names = [criterion.name for criterion in self.rubric.criteria]
        by_example: dict[str, list[Scores]] = {}
        for (example, _), found in scores.items():
            by_example.setdefault(example, []).append(found)
        columns = {name: [_mean([s[name] for s in found]) for found in by_example.values()] for name in names}
        whole = [_mean(row) for row in zip(*columns.values(), strict=True)]
        yield self._figure(self.name, "mean", whole)
        for name, values in columns.items():
            yield self._figure(f"{self.name}.{name}", name, values)

    def _figure(self, name: str, part: str, values: Sequence[float]) -> Figure:
        low, high = self.rubric.scale.min, self.rubric.scale.max
        return Figure(
            name,
            _mean(values) if values else None,
            len(values),
            self.total - len(values),
            f"{self.signature}|{part}|scale:{low}-{high}|student-t|v1",
            lambda confidence: mean_interval(values, low, high, confidence),
        )


def judge_figures(judge: JudgeInputs, rows: Mapping[Key, Finding], total: int) -> Iterator[Figure]:
    """Give what a judge says of the answers."""
    planned = judge.planned
    forms = "+".join(sorted({row.form for row in rows.values() if row.form})) or "none"
    signature = (
        f"judge|{planned.judge.rubric}|{planned.endpoint.name}@{planned.endpoint.revision or 'unknown'}"
        f"|prompt:{PROMPT_VERSION}|{forms}|{planned.judge.scoring.lower()}|seed:{planned.judge.seed}"
    )
    yield from Means(judge.name, judge.rubric, signature, total).figures(_scored(rows))


def agreement_figures(judge: JudgeInputs, rows: Mapping[Key, Finding]) -> Iterator[Figure]:
    """Give Cohen's kappa with people, the worst criterion's first; nothing when there was nothing to agree on."""
    calibration = judge.planned.judge.calibration
    if calibration is None or not judge.calibration:
        return
    names = [criterion.name for criterion in judge.rubric.criteria]
    columns = list(zip(*_pairs(judge, rows, names), strict=True)) or [() for _ in names]
    total, scored = len(judge.calibration), len(columns[0])
    how = f"kappa|{calibration.weights.lower()}|{'+'.join(sorted(calibration.sets))}|bootstrap:{RESAMPLES}:{SEED}|v1"
    statistic = partial(kappa, quadratic=calibration.weights is KappaWeights.QUADRATIC)

    def worst(drawn: Sequence[int]) -> float | None:
        found = [statistic(_counted(map(column.__getitem__, drawn))) for column in columns]
        known = [value for value in found if value is not None]
        return min(known) if len(known) == len(names) else None

    yield _bootstrapped(f"{judge.name}.{KAPPA}", range(scored), worst, total - scored, f"{how}|worst")
    for name, column in zip(names, columns, strict=True):
        given = [pair for pair in column if pair]
        yield _bootstrapped(
            f"{judge.name}.{name}.{KAPPA}",
            given,
            lambda drawn: statistic(Counter(drawn)),
            total - len(given),
            f"{how}|{name}",
        )


_Pair = tuple[int, int] | None
"""What people and the judge gave for a criterion; None where people gave nothing."""


def _pairs(judge: JudgeInputs, rows: Mapping[Key, Finding], names: Sequence[str]) -> Iterator[tuple[_Pair, ...]]:
    """Give the pairs of each example that the judge scored, one for each criterion."""
    for unique_id, example in judge.calibration.items():
        row = rows.get((unique_id, 0))
        if row is None or row.scores is None or example.judgement is None:
            continue
        given, said = example.judgement.scores, row.scores
        yield tuple((given[name], whole(said[name])) if name in given else None for name in names)


def _counted(pairs: Iterable[_Pair]) -> Counter[tuple[int, int]]:
    counted = Counter(pairs)
    return Counter({pair: count for pair, count in counted.items() if pair})


def whole(score: float) -> int:
    """Give the nearest score of the scale, the upper one in the middle."""
    return floor(score + 0.5)


def jury_figures(
    jury: Jury, judges: Mapping[str, JudgeInputs], rows: Mapping[str, Mapping[Key, Finding]], total: int
) -> Iterator[Figure]:
    """Give the means of the judges' medians, where most of them gave scores, and Krippendorff's alpha."""
    rubric = judges[jury.judges[0]].rubric
    members = sorted(jury.judges)
    given = {name: _scored(rows[name]) for name in members}
    keys = sorted({key for scores in given.values() for key in scores})
    together = {key: [given[name][key] for name in members if key in given[name]] for key in keys}
    criteria = [criterion.name for criterion in rubric.criteria]
    medians = {
        key: {name: float(median(scores[name] for scores in found)) for name in criteria}
        for key, found in together.items()
        if 2 * len(found) > len(members)
    }
    who = f"jury|{'+'.join(members)}"
    yield from Means(jury.name, rubric, f"{who}|median", total).figures(medians)
    for name in criteria:
        units = [tuple(sorted(whole(s[name]) for s in found)) for found in together.values() if len(found) > 1]
        yield _bootstrapped(
            f"{jury.name}.{name}.{ALPHA}",
            units,
            lambda drawn: alpha(Counter(drawn)),
            total - len(units),
            f"{who}|alpha|ordinal|{name}|bootstrap:{RESAMPLES}:{SEED}|v1",
        )


def _bootstrapped(
    name: str, units: Sequence[Unit], statistic: Callable[[Sequence[Unit]], float | None], unscored: int, signature: str
) -> Figure:
    """Bound a statistic of units by drawing as many of them again; nothing is known where it is undefined.

    Draws that are undefined (all scores the same) are left out. Where all draws agree they bound nothing.
    """
    value = statistic(units) if units else None

    @cache
    def resampled() -> list[float]:
        draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
        found = (statistic(draw.choices(units, k=len(units))) for _ in range(RESAMPLES))
        return sorted(value for value in found if value is not None)

    def bounds(confidence: float) -> Interval:
        ordered = resampled()
        if not ordered or ordered[0] == ordered[-1]:
            return Interval(None, None)
        return percentile(ordered, confidence)

    return Figure(name, value, len(units), unscored, signature, no_bounds if value is None else bounds)


def _scored(rows: Mapping[Key, Finding]) -> dict[Key, Scores]:
    return {key: row.scores for key, row in rows.items() if row.scores is not None}


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
