"""By priority: each criterion decides among those that the ones before it could not tell apart.

Fishburn's lexicographic order (1974) with thresholds, made a ranking by taking the winners out and starting again:
"not told apart" is not transitive, so that a pairwise order would be none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fmops_api.choose.measures import Contender, Measure, Place, gain, names
from fmops_api.selection import Criterion


@dataclass(frozen=True)
class _Step:
    """What one criterion did: whom it kept, and whom it left behind, best first."""

    place: int
    best: Contender
    kept: Sequence[Contender]
    left: Sequence[Contender]


def places(criteria: Sequence[Criterion], contenders: Sequence[Contender]) -> list[Place]:
    """Rank by priority, best first; `contenders` in any order."""
    order = sorted(range(len(criteria)), key=lambda i: criteria[i].priority or 0)
    found: list[Place] = []
    behind: dict[str, str] = {}
    pool = sorted(contenders, key=lambda c: c.name)
    while pool:
        steps = _steps(criteria, order, pool)
        first = steps[-1].kept
        told = {c.name: behind.get(c.name) or _ahead(criteria, steps, c) for c in first}
        found.append(Place([c.name for c in first], [told[c.name] + _tie(criteria, order, first, c) for c in first]))
        behind = {c.name: _behind(criteria, step, c) for step in steps for c in step.left}
        pool = [c for c in pool if c not in first]
    return found


def _steps(criteria: Sequence[Criterion], order: Sequence[int], pool: Sequence[Contender]) -> list[_Step]:
    steps: list[_Step] = []
    for place in order:
        steps.append(_step(criteria[place], place, pool))
        pool = steps[-1].kept
        if len(pool) == 1:
            break
    return steps


def _step(criterion: Criterion, place: int, pool: Sequence[Contender]) -> _Step:
    """Keep whom the criterion cannot tell from the best, and whoever was measured better than one of those."""

    def value(contender: Contender) -> Decimal:
        return gain(criterion, contender.measures[place]).value

    best = max(pool, key=value)
    level = [c for c in pool if _level(criterion, best.measures[place], c.measures[place])]
    least = min(map(value, level))
    kept = [c for c in pool if value(c) >= least]
    return _Step(place, best, kept, sorted((c for c in pool if value(c) < least), key=value, reverse=True))


def _level(criterion: Criterion, one: Measure, other: Measure) -> bool:
    return abs(one.value - other.value) <= _tolerance(criterion) or one.overlaps(other)


def _tolerance(criterion: Criterion) -> Decimal:
    return Decimal(criterion.tolerance or 0)


def _ahead(criteria: Sequence[Criterion], steps: Sequence[_Step], winner: Contender) -> str:
    """Say what put the winner in front."""
    deciding = [step for step in steps if step.left]
    if not deciding:
        return "the only candidate that can be selected" if len(steps[0].kept) == 1 else "in front"
    return "; ".join(
        f"ahead of {names([c.name for c in step.left])} by {criteria[step.place].metric}:"
        f" {winner.measures[step.place]} against {step.left[0].measures[step.place]}"
        for step in deciding
    )


def _behind(criteria: Sequence[Criterion], step: _Step, loser: Contender) -> str:
    metric, best = criteria[step.place].metric, step.best
    return f"behind {best.name} by {metric}: {loser.measures[step.place]} against {best.measures[step.place]}"


def _tie(criteria: Sequence[Criterion], order: Sequence[int], first: Sequence[Contender], one: Contender) -> str:
    others = [c for c in first if c != one]
    if not others:
        return ""
    why = [_why_level(criteria[i], i, one, others[0]) for i in order]
    return f"; tied with {names([c.name for c in others])}: {', '.join(why)}"


def _why_level(criterion: Criterion, place: int, one: Contender, other: Contender) -> str:
    mine, theirs = one.measures[place], other.measures[place]
    if mine == theirs:
        return f"{criterion.metric} {mine} is the same"
    if abs(mine.value - theirs.value) <= _tolerance(criterion):
        return f"{criterion.metric} {mine} and {theirs} lie within the tolerance of {criterion.tolerance}"
    if mine.overlaps(theirs):
        return f"the intervals of {criterion.metric} overlap, {mine} and {theirs}"
    return f"{criterion.metric} {mine} and {theirs} lie on either side of one that neither can be told from"
