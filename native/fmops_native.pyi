"""Glances of guard rails at texts, in native code; see fmops_serving.guard.glance."""

from collections.abc import Mapping, Sequence
from typing import Any, final

@final
class Patterns:
    def __new__(cls, sources: Sequence[str], ascii_only: bool) -> Patterns: ...
    def absent(self, text: str, /) -> bool: ...

@final
class Innocence:
    def __new__(
        cls,
        words: Sequence[str],
        rows: bytes,
        listed: frozenset[str],
        scale: Mapping[str, Any],
        pieces: Mapping[str, Any],
        limits: Mapping[str, Any],
    ) -> Innocence: ...
    def probability(self, text: str, /) -> float | None: ...

@final
class Fields:
    def __new__(
        cls,
        request: frozenset[str],
        answer: frozenset[str],
        closed: frozenset[str],
        coded: frozenset[str],
        chances: str,
        longest_word: int,
    ) -> Fields: ...

@final
class Sweep:
    def __new__(cls, fields: Fields, looks: Sequence[tuple[Patterns | Innocence, float, float]]) -> Sweep: ...
    def request(self, parsed: Mapping[str, Any], /) -> list[tuple[float, list[float]]] | None: ...
    def answer(self, parsed: Mapping[str, Any], /) -> list[tuple[float, list[float]]] | None: ...
