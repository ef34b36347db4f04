"""Figures of judges and juries that compare: the win rate, what it is made of, and how much order and judges matter."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from fmops_api.judge import ALPHA, OUTCOMES, POSITION_FLIP_RATE, Jury
from fmops_serving.evaluate.intervals_paired import bounds_of_win_rate
from fmops_serving.evaluate.judge.agreement import alpha
from fmops_serving.evaluate.judge.figures import Asked, bootstrapped, of_clusters, sample_of
from fmops_serving.evaluate.judge.inputs import JudgeInputs
from fmops_serving.evaluate.judge.pairwise.prompt import PROMPT_VERSION, Side
from fmops_serving.evaluate.judge.pairwise.sheet import LOSS, TIE, WIN, PairFinding, PairKey
from fmops_serving.evaluate.rows import Key
from fmops_serving.evaluate.score.figure import Figure, no_bounds
from fmops_serving.evaluate.score.figures import figures_of
from fmops_serving.evaluate.score.part import MeanPart

Heard = Mapping[PairKey, PairFinding]


class Bout(NamedTuple):
    """What one judge says of one pair, having seen it in both orders."""

    outcome: float
    """WIN, LOSS, or TIE: when both orders say so, and when they disagree."""
    flipped: bool
    """Whether the orders disagree."""


def bouts(heard: Heard) -> dict[Key, Bout]:
    """Join the two orders of each pair; a pair of which one order has no verdict has none."""
    found: dict[Key, Bout] = {}
    for example, repeat, first in heard:
        if first != Side.CANDIDATE:
            continue
        one, other = (heard.get((example, repeat, str(side))) for side in Side)
        if one and other and one.outcome is not None and other.outcome is not None:
            flipped = one.outcome != other.outcome
            found[example, repeat] = Bout(TIE if flipped else one.outcome, flipped)
    return dict(sorted(found.items()))


def duel_figures(judge: JudgeInputs, heard: Heard, asked: Asked) -> Iterator[Figure]:
    """Give what a judge says of the candidate against the baseline."""
    planned, found = judge.planned, bouts(heard)
    forms = "+".join(sorted({finding.form for finding in heard.values() if finding.form})) or "none"
    how = (
        f"pairwise|{planned.judge.rubric}|{planned.endpoint.name}@{planned.endpoint.revision or 'unknown'}"
        f"|prompt:{PROMPT_VERSION}|{forms}|orders:both|seed:{planned.judge.seed}"
    )
    yield from _outcome_figures(judge.name, {key: bout.outcome for key, bout in found.items()}, asked, how)
    flips = sample_of({key: float(bout.flipped) for key, bout in found.items()}, asked)
    yield from figures_of(MeanPart(f"{judge.name}.{POSITION_FLIP_RATE}", f"{how}|flips", float), flips, len(asked))


def jury_duel_figures(jury: Jury, heard: Mapping[str, Heard], asked: Asked) -> Iterator[Figure]:
    """Give what most judges of a jury say, where most of them had a say, and Krippendorff's alpha of their outcomes."""
    votes: dict[Key, list[float]] = {}
    for name in sorted(jury.judges):
        for key, bout in bouts(heard[name]).items():
            votes.setdefault(key, []).append(bout.outcome)
    how = f"jury|{'+'.join(sorted(jury.judges))}"
    majorities = {key: majority(cast) for key, cast in sorted(votes.items()) if 2 * len(cast) > len(jury.judges)}
    yield from _outcome_figures(jury.name, majorities, asked, f"{how}|majority")
    units = {key: tuple(sorted(cast)) for key, cast in sorted(votes.items()) if len(cast) > 1}
    agreement = partial(alpha, nominal=True)
    yield bootstrapped(
        f"{jury.name}.{ALPHA}", sample_of(units, asked), agreement, len(asked), f"{how}|alpha|nominal|outcome"
    )


def majority(cast: list[float]) -> float:
    """Give the outcome that more than half of the judges say; a tie where none is."""
    return next((outcome for outcome in (WIN, LOSS) if 2 * cast.count(outcome) > len(cast)), TIE)


def _outcome_figures(name: str, outcomes: Mapping[Key, float], asked: Asked, how: str) -> Iterator[Figure]:
    """Average the repeats of an example first, then the examples."""
    sample = sample_of(outcomes, asked)
    clusters, n = sample.scored(float), sample.examples
    method, bounds = bounds_of_win_rate(clusters)
    yield Figure(
        name,
        math.fsum(cluster.total for cluster in clusters) / n if n else None,
        n,
        len(asked) - n,
        f"{how}|winrate|{method}{of_clusters(sample)}|v1",
        bounds if n else no_bounds,
        sample.units,
    )
    for part, outcome in zip(OUTCOMES, (WIN, TIE, LOSS), strict=True):
        share = partial(_share, outcome=outcome)
        yield from figures_of(MeanPart(f"{name}.{part}", f"{how}|{part}", share), sample, len(asked))


def _share(seen: float, outcome: float) -> float:
    return float(seen == outcome)
