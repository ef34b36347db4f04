"""Shards of a candidate: its examples in equal parts, each asked by a pod of its own."""

from typing import NamedTuple

MOST_SHARDS = 32


class Shard(NamedTuple):
    """One of the parts."""

    number: int
    """From 0."""
    of: int

    def __str__(self) -> str:
        """Name it as people count."""
        return f"shard {self.number + 1} of {self.of}"

    def told(self, candidate: str) -> str:
        """Name the candidate with the shard, for a sentence."""
        return f"{candidate} ({self})"


def shard_at(index: int, shards: int) -> tuple[int, Shard]:
    """Say which candidate, counted from 0, and which shard of it the index of a pod stands for."""
    candidate, number = divmod(index, shards)
    return candidate, Shard(number, shards)
