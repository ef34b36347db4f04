"""The bootstrap: how a figure varies when examples, or clusters of them, are drawn again with replacement."""

import random
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import accumulate
from operator import mul
from typing import TypeVar

RESAMPLES = 1000
SEED = 7
BOOTSTRAP = f"bootstrap:{RESAMPLES}:{SEED}"
"""Its name in signatures."""

Seen = TypeVar("Seen", bound=Hashable)
Value = TypeVar("Value")


def resampled(
    statistic: Callable[[Mapping[Seen, int]], Value], alone: Mapping[Seen, int], groups: Sequence[Mapping[Seen, int]]
) -> list[Value]:
    """Give the statistic of RESAMPLES samples, drawn with a fixed seed (Efron 1979; clusters: Davison & Hinkley 1997).

    `alone` counts what was seen of examples that stand alone; each of `groups` counts what was seen in one cluster,
    which is drawn whole. The order of neither makes a difference.
    """
    draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    singles = sorted(alone.items(), key=repr)
    whole = sorted(groups, key=lambda group: sorted(map(repr, group.items())))
    edges = list(accumulate([*(count for _, count in singles), *(1 for _ in whole)]))
    indexes, size = range(len(edges)), edges[-1] if edges else 0
    drawn = (Counter(draw.choices(indexes, cum_weights=edges, k=size)) for _ in range(RESAMPLES if size else 0))
    return [statistic(_joined([seen for seen, _ in singles], whole, times)) for times in drawn]


def resampled_sums(
    value: Callable[[Sequence[int]], float],
    alone: Mapping[tuple[int, ...], int],
    groups: Sequence[Mapping[tuple[int, ...], int]],
) -> list[float]:
    """Give what `value` makes of the sums of RESAMPLES samples, drawn as `resampled` does, sorted upwards.

    What was seen are tuples of as many whole numbers, which add up; so a sample is a product of a vector and a table.
    """
    import numpy as np  # noqa: PLC0415 - takes long to load, and few metrics add up

    rows = [seen for seen, count in alone.items() for _ in range(count)] + [added(group) for group in groups]
    if not rows:
        return []
    table = np.array(rows, dtype=np.int64)
    table = table[np.lexsort(table.T)]
    draw, size = np.random.Generator(np.random.PCG64(SEED)), len(rows)
    drawn = (np.bincount(draw.integers(0, size, size), minlength=size) for _ in range(RESAMPLES))
    return sorted(value((times @ table).tolist()) for times in drawn)


def added(counted: Mapping[tuple[int, ...], int]) -> tuple[int, ...]:
    """Add up tuples of whole numbers, each as often as it was seen."""
    columns = zip(*counted, strict=True)
    return tuple(sum(map(mul, column, counted.values())) for column in columns)


def _joined(singles: Sequence[Seen], groups: Sequence[Mapping[Seen, int]], times: Mapping[int, int]) -> Counter[Seen]:
    """Count what was drawn; indexes go on from the singles to the groups."""
    first = len(singles)
    joined = Counter({singles[index]: repeated for index, repeated in times.items() if index < first})
    for index, repeated in times.items():
        if index >= first:
            for seen, count in groups[index - first].items():
                joined[seen] += repeated * count
    return joined
