"""The bootstrap: how a figure varies when examples, or clusters of them, are drawn again with replacement."""

import random
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

RESAMPLES = 1000
SEED = 7

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
    units: list[Mapping[Seen, int]] = [{seen: 1} for seen, _ in singles]
    units += sorted(groups, key=lambda group: sorted(map(repr, group.items())))
    edges = list(accumulate([*(count for _, count in singles), *(1 for _ in groups)]))
    indexes, size = range(len(units)), edges[-1] if edges else 0
    drawn = (Counter(draw.choices(indexes, cum_weights=edges, k=size)) for _ in range(RESAMPLES if size else 0))
    return [statistic(_joined(units, times)) for times in drawn]


def _joined(units: Sequence[Mapping[Seen, int]], times: Mapping[int, int]) -> Mapping[Seen, int]:
    joined: Counter[Seen] = Counter()
    for index, repeated in times.items():
        for seen, count in units[index].items():
            joined[seen] += repeated * count
    return joined
