"""What most requests, answers and texts are read by; see fmops_serving.native."""

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
        signs: Mapping[str, Any],
        pieces: Mapping[str, Any],
        limits: Mapping[str, Any],
    ) -> Innocence: ...
    def probability(self, text: str, /) -> float | None: ...

@final
class Fields:
    def __new__(
        cls,
        request: list[str],
        answer: list[str],
        closed: list[str],
        coded: list[str],
        chances: str,
        longest_word: int,
    ) -> Fields: ...
    def request(self, body: bytes, /) -> Request | None: ...
    def answer(self, body: bytes, /) -> Answer | None: ...

@final
class Request:
    @property
    def model(self) -> str: ...
    @property
    def stream(self) -> bool: ...
    def renamed(self, model: bytes, /) -> bytes: ...

@final
class Answer:
    @property
    def tokens(self) -> dict[str, int]: ...

@final
class Sweep:
    def __new__(cls, glances: Sequence[tuple[Patterns | Innocence, float, float]]) -> Sweep: ...
    def request(self, request: Request, /) -> list[tuple[float, list[float]]] | None: ...
    def answer(self, answer: Answer, /) -> list[tuple[float, list[float]]] | None: ...

@final
class Requests:
    def __new__(cls, target: int, head: int, headers: int, body: int) -> Requests: ...
    def read(self, data: bytes, /) -> tuple[bytes, dict[str, str], int, bytes] | None: ...

def read_answer(data: bytes, /) -> tuple[int, dict[str, str], int, bytes] | None: ...
def sha256(data: bytes, /) -> str: ...
