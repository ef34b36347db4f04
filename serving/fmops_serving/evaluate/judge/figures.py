"""Figures of judges and juries: means of scores, and how far judges agree with people and with each other."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor
from operator import itemgetter
from statistics import fmean, median
from typing import Any

from fmops_api.judge import ALPHA, KAPPA, Jury, KappaWeights
from fmops_api.rubric import Rubric
from fmops_serving.evaluate.bootstrap import RESAMPLES, SEED, resampled
from fmops_serving.evaluate.intervals import Interval, percentile
from fmops_serving.evaluate.intervals_cluster import Cluster, scale_interval
from fmops_serving.evaluate.judge.agreement import alpha, kappa
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.prompt import PROMPT_VERSION
from fmops_serving.evaluate.judge.rows import Finding
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.sample import Sample

Scores = Mapping[str, float]
Asked = Mapping[str, str | None]
"""The cluster of every example that was asked; None where it stands alone."""
Units = Mapping[Any, int]
"""What was seen, with how often."""


@dataclass(frozen=True)
class Means:
    """Means of scores over examples: the whole under `name`, then each criterion."""

    name: str
    rubric: Rubric
    signature: str
    asked: Asked

    def figures(self, scores: Mapping[Key, Scores]) -> Iterator[Figure]:
        """Average the repeats of an example first, then the examples."""
        names = [criterion.name for criterion in self.rubric.criteria]
        seen = {key: tuple(found[name] for name in names) for key, found in scores.items()}
        sample = sample_of(seen, self.asked)
        yield self._figure(self.name, "mean", sample, sample.scored(fmean))
        for place, name in enumerate(names):
            yield self._figure(f"{self.name}.{name}", name, sample, sample.scored(itemgetter(place)))

    def _figure(self, name: str, part: str, sample: Sample, clusters: Collection[Cluster]) -> Figure:
        low, high, n = self.rubric.scale.min, self.rubric.scale.max, sample.examples
        return Figure(
            name,
            math.fsum(cluster.total for cluster in clusters) / n if n else None,
            n,
            len(self.asked) - n,
            f"{self.signature}|{part}|scale:{low}-{high}|t{of_clusters(sample)}|v1",
            lambda confidence: scale_interval(clusters, low, high, confidence),
            sample.units,
        )


def judge_figures(judge: JudgeInputs, rows: Mapping[Key, Finding], asked: Asked) -> Iterator[Figure]:
    """Give what a judge says of the answers."""
    planned = judge.planned
    forms = "+".join(sorted({row.form for row in rows.values() if row.form})) or "none"
    signature = (
        f"judge|{planned.judge.rubric}|{planned.endpoint.name}@{planned.endpoint.revision or 'unknown'}"
        f"|prompt:{PROMPT_VERSION}|{forms}|{planned.judge.scoring.lower()}|seed:{planned.judge.seed}"
    )
    yield from Means(judge.name, judge.rubric, signature, asked).figures(scored(rows))


def agreement_figures(judge: JudgeInputs, rows: Mapping[Key, Finding]) -> Iterator[Figure]:
    """Give Cohen's kappa with people, the worst criterion's first; nothing when there was nothing to agree on."""
    calibration = judge.planned.judge.calibration
    if calibration is None or not judge.calibration:
        return
    quadratic = calibration.weights is KappaWeights.QUADRATIC
    names = [criterion.name for criterion in judge.rubric.criteria]
    pairs = dict(_pairs(judge, rows, names))
    asked = {unique_id: example.cluster for unique_id, example in judge.calibration.items()}
    how = f"kappa|{calibration.weights.lower()}|{'+'.join(sorted(calibration.sets))}"

    def worst(units: Units) -> float | None:
        found = [kappa(_column(units, place), quadratic=quadratic) for place in range(len(names))]
        known = [value for value in found if value is not None]
        return min(known) if len(known) == len(names) else None

    yield bootstrapped(f"{judge.name}.{KAPPA}", sample_of(pairs, asked), worst, len(asked), f"{how}|worst")
    for place, name in enumerate(names):
        given = {key: found[place] for key, found in pairs.items() if found[place]}
        yield bootstrapped(
            f"{judge.name}.{name}.{KAPPA}",
            sample_of(given, asked),
            lambda units: kappa(units, quadratic=quadratic),
            len(asked),
            f"{how}|{name}",
        )


_Pair = tuple[int, int] | None
"""What people and the judge gave for a criterion; None where people gave nothing."""


def _pairs(
    judge: JudgeInputs, rows: Mapping[Key, Finding], names: Sequence[str]
) -> Iterator[tuple[Key, tuple[_Pair, ...]]]:
    """Give the pairs of each example that the judge scored, one for each criterion."""
    for unique_id, example in judge.calibration.items():
        row = rows.get((unique_id, 0))
        if row is None or row.scores is None or example.judgement is None:
            continue
        given, said = example.judgement.scores, row.scores
        yield (unique_id, 0), tuple((given[name], whole(said[name])) if name in given else None for name in names)


def _column(units: Units, place: int) -> Counter[tuple[int, int]]:
    counted: Counter[tuple[int, int]] = Counter()
    for pairs, count in units.items():
        if pairs[place]:
            counted[pairs[place]] += count
    return counted


def whole(score: float) -> int:
    """Give the nearest score of the scale, the upper one in the middle."""
    return floor(score + 0.5)


def jury_figures(
    jury: Jury, judges: Mapping[str, JudgeInputs], rows: Mapping[str, Mapping[Key, Finding]], asked: Asked
) -> Iterator[Figure]:
    """Give the means of the judges' medians, where most of them gave scores, and Krippendorff's alpha."""
    rubric = judges[jury.judges[0]].rubric
    who = f"jury|{'+'.join(sorted(jury.judges))}"
    yield from Means(jury.name, rubric, f"{who}|median", asked).figures(medians(jury, rubric, rows))
    given = _given(jury, rows)
    for name in (criterion.name for criterion in rubric.criteria):
        units = {key: tuple(sorted(whole(s[name]) for s in found)) for key, found in given.items() if len(found) > 1}
        yield bootstrapped(
            f"{jury.name}.{name}.{ALPHA}", sample_of(units, asked), alpha, len(asked), f"{who}|alpha|ordinal|{name}"
        )


def medians(jury: Jury, rubric: Rubric, rows: Mapping[str, Mapping[Key, Finding]]) -> dict[Key, Scores]:
    """Give the medians of a jury's scores, by criterion, of the answers that most of its judges scored."""
    names = [criterion.name for criterion in rubric.criteria]
    return {
        key: {name: float(median(scores[name] for scores in found)) for name in names}
        for key, found in _given(jury, rows).items()
        if 2 * len(found) > len(jury.judges)
    }


def _given(jury: Jury, rows: Mapping[str, Mapping[Key, Finding]]) -> dict[Key, list[Scores]]:
    """Give what the judges of a jury said of each answer that any of them scored."""
    found: dict[Key, list[Scores]] = {}
    for name in sorted(jury.judges):
        for key, scores in scored(rows[name]).items():
            found.setdefault(key, []).append(scores)
    return dict(sorted(found.items()))


def bootstrapped(
    name: str, sample: Sample, statistic: Callable[[Units], float | None], asked: int, signature: str
) -> Figure:
    """Bound a statistic by drawing examples, or clusters of them, again; nothing is known where it is undefined.

    Draws that are undefined (all scores the same) are left out. Where all draws agree they bound nothing.
    """
    n = sample.examples
    value = statistic(sample.all()) if n else None

    @cache
    def drawn() -> list[float]:
        found = resampled(statistic, sample.alone, sample.groups)
        return sorted(value for value in found if value is not None)

    def bounds(confidence: float) -> Interval:
        ordered = drawn()
        if not ordered or ordered[0] == ordered[-1]:
            return Interval(None, None)
        return percentile(ordered, confidence)

    how = f"{signature}|bootstrap:{RESAMPLES}:{SEED}{of_clusters(sample)}|v1"
    return Figure(name, value, n, asked - n, how, no_bounds if value is None else bounds, sample.units)


def sample_of(seen: Mapping[Key, Any], asked: Asked) -> Sample:
    """Keep what was seen by example and cluster."""
    sample = Sample(repeated=any(repeat for _, repeat in seen))
    for (example, _), observation in seen.items():
        sample.add(example, asked[example], observation)
    return sample


def of_clusters(sample: Sample) -> str:
    """Say in a signature that examples share clusters."""
    return ":clustered" if sample.clustered else ""


def scored(rows: Mapping[Key, Finding]) -> dict[Key, Scores]:
    """Give the scores of the answers that a judge scored."""
    return {key: row.scores for key, row in rows.items() if row.scores is not None}
