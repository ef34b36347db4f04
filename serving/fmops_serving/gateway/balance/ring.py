"""Consistent hashing with bounded load: the same prompt's head goes to the same address while that is not overloaded.

Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads" (SODA 2018): no address takes more than a
factor of the mean of outstanding requests; what is beyond goes on along the ring.
"""

import bisect
import hashlib
from collections.abc import Sequence

from fmops_api.balancing import MEAN_LOAD_FACTOR

_POINTS = 100
"""Places of each address on the ring; more spread the load more evenly."""


class Ring:
    """A ring over the names of addresses."""

    def __init__(self, names: Sequence[str], factor: int = MEAN_LOAD_FACTOR) -> None:
        """Place them; each takes at most `factor` percent of the mean of outstanding requests."""
        placed = sorted(
            (_hash(f"{name}#{point}".encode()), index) for index, name in enumerate(names) for point in range(_POINTS)
        )
        self._places = [place for place, _ in placed]
        self._indices = [index for _, index in placed]
        self._count = len(names)
        self._factor = factor

    def pick(self, key: bytes, outstanding: Sequence[int], usable: Sequence[bool]) -> int:
        """Give the index of the first usable address from the key on that is not overloaded."""
        # Rounded up in whole numbers: 110 % of a mean of 10 are 11 requests, and 1.1 * 10 is more than that.
        bound = -(-self._factor * (sum(outstanding) + 1) // (100 * max(1, sum(usable))))
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
