"""By dominance: who is at least as good in everything and better in something, for certain, is ahead.

Non-dominated sorting (Goldberg 1989, Deb 2002) of intervals: one candidate beats another only when its worse ends are
at least as good as the other's better ends. That relation has no cycles, so there is always a front.
"""

from collections.abc import Sequence

from fmops_api.choose.measures import Contender, Place, gain, names
from fmops_api.selection import Criterion


def places(criteria: Sequence[Criterion], contenders: Sequence[Contender]) -> list[Place]:
    """Rank by fronts, best first; `contenders` in any order."""
    pool = sorted(contenders, key=lambda c: c.name)
    found: list[Place] = []
    before: Sequence[Contender] = ()
    while pool:
        first = [c for c in pool if not any(beats(criteria, other, c) for other in pool)]
        found.append(Place([c.name for c in first], [_reason(criteria, c, first, before) for c in first]))
        before, pool = first, [c for c in pool if c not in first]
    return found


def front(criteria: Sequence[Criterion], contenders: Sequence[Contender]) -> list[str]:
    """Name those that nobody beats, in the order of their names."""
    found = places(criteria, contenders)
    return list(found[0].names) if found else []


def beats(criteria: Sequence[Criterion], one: Contender, other: Contender) -> bool:
    """Say whether one is for certain at least as good in every criterion, and better in some."""
    pairs = [
        (gain(criterion, mine).low, gain(criterion, theirs).high)
        for criterion, mine, theirs in zip(criteria, one.measures, other.measures, strict=True)
    ]
    return all(worst >= best for worst, best in pairs) and any(worst > best for worst, best in pairs)


def _reason(
    criteria: Sequence[Criterion], one: Contender, first: Sequence[Contender], before: Sequence[Contender]
) -> str:
    better = next((c for c in before if beats(criteria, c, one)), None)
    if better:
        return f"beaten by {better.name} in everything: {_compared(criteria, one, better)}"
    figures = ", ".join(f"{c.metric} {m}" for c, m in zip(criteria, one.measures, strict=True))
    others = [c.name for c in first if c != one]
    if not others:
        return f"nobody else is left on its front: {figures}" if before else f"alone on the front: {figures}"
    return f"nobody beats it in everything for certain: {figures}; on the front with {names(others)}"


def _compared(criteria: Sequence[Criterion], one: Contender, better: Contender) -> str:
    return ", ".join(
        f"{criterion.metric} {mine} against {theirs}"
        for criterion, mine, theirs in zip(criteria, one.measures, better.measures, strict=True)
    )
