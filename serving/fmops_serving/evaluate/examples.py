"""The examples of a run, in the order of asking: held in memory, or kept on a shelf."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol, Self

from fmops_api.promptcatalog import Example
from fmops_api.shard import Shard


class AskedExamples(Protocol):
    """Examples by set/id, each with a number of its own from 0, in whatever order."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def __getitem__(self, unique_id: str, /) -> Example: ...

    def items(self) -> Iterator[tuple[str, Example]]:
        """Give every example with its set/id, in the order of asking."""

    def number(self, unique_id: str) -> int | None:
        """Give the number of an example; None for one that is not asked."""

    def part(self, shard: Shard) -> Self:
        """Give those of one shard alone, taken in turns from the order of asking; the others may be gone."""


class HeldExamples:
    """Examples in memory."""

    def __init__(self, examples: Mapping[str, Example]) -> None:
        self._examples = examples
        self._numbers = {unique_id: number for number, unique_id in enumerate(examples)}

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[str]:
        return iter(self._examples)

    def __getitem__(self, unique_id: str, /) -> Example:
        return self._examples[unique_id]

    def items(self) -> Iterator[tuple[str, Example]]:
        """Give every example with its set/id, in the order of asking."""
        return iter(self._examples.items())

    def number(self, unique_id: str) -> int | None:
        """Give the number of an example; None for one that is not asked."""
        return self._numbers.get(unique_id)

    def part(self, shard: Shard) -> Self:
        """Give those of one shard alone, taken in turns from the order of asking."""
        return type(self)(dict(islice(self._examples.items(), shard.number, None, shard.of)))
