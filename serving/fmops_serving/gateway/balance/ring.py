"""Consistent hashing with bounded load: the same prompt's head goes to the same address while that is not overloaded.

Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads" (SODA 2018): no address takes more than
`LOAD` times the mean of outstanding requests; what is beyond goes on along the ring.
"""

import bisect
import hashlib
import math
from collections.abc import Sequence

LOAD = 1.25
_POINTS = 100
"""Places of each address on the ring; more spread the load more evenly."""


class Ring:
    """A ring over the names of addresses."""

    def __init__(self, names: Sequence[str]) -> None:
        """Place them."""
        placed = sorted(
            (_hash(f"{name}#{point}".encode()), index) for index, name in enumerate(names) for point in range(_POINTS)
        )
        self._places = [place for place, _ in placed]
        self._indices = [index for _, index in placed]
        self._count = len(names)

    def pick(self, key: bytes, outstanding: Sequence[int], usable: Sequence[bool]) -> int:
        """Give the index of the first usable address from the key on that is not overloaded."""
        bound = math.ceil(LOAD * (sum(outstanding) + 1) / max(1, sum(usable)))
        start = bisect.bisect(self._places, _hash(key))
        seen: set[int] = set()
        for step in range(len(self._places)):
            index = self._indices[(start + step) % len(self._places)]
            if index in seen:
                continue
            seen.add(index)
            if usable[index] and outstanding[index] < bound:
                return index
            if len(seen) == self._count:
                break
        return min((index for index in range(self._count) if usable[index]), key=lambda index: outstanding[index])


def _hash(key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
