"""What most requests, answers and texts are read by; see fmops_serving.native."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, final

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

class Known(TypedDict):
    no_text: list[str]
    tokens: list[str]
    marked: list[str]
    known: list[str]
    no_answer: list[str]
    repeated: list[str]
    coded: list[str]
    chances: str
    closed: list[str]
    longest_word: int

@final
class Fields:
    def __new__(cls, known: Known) -> Fields: ...
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

class Rail(TypedDict):
    glance: Patterns | Innocence
    threshold: float
    timeout: float
    told: Callable[[float, Sequence[float]], None]
    is_scored: bool

@final
class Sweep:
    def __new__(cls, rails: Sequence[Rail]) -> Sweep: ...
    def request(self, request: Request, /) -> float | None: ...
    def answer(self, answer: Answer, /) -> float | None: ...

@final
class Passing:
    def __new__(cls, looks: object, of_looks: tuple[str, ...], times: object, of_times: tuple[str, ...]) -> Passing: ...
    def __call__(self, highest: float, seconds: Sequence[float], /) -> None: ...

@final
class Buckets:
    counts: list[int]
    sum: float
    def __new__(cls, bounds: Sequence[float]) -> Buckets: ...
    def observe(self, value: float, /) -> None: ...
    def observe_all(self, values: Sequence[float], /) -> None: ...

@final
class Requests:
    def __new__(cls, target: int, head: int, headers: int, body: int) -> Requests: ...
    def read(self, data: bytes, /) -> tuple[bytes, dict[str, str], int, bytes] | None: ...

@final
class Chunks:
    stopped: tuple[bytes, bytes]
    ended: bool
    broken: bool
    def __new__(cls) -> Chunks: ...
    def read(self, data: bytes, /) -> bytes | None: ...

def read_answer(data: bytes, /) -> tuple[int, dict[str, str], int | Chunks, bytes] | None: ...
def digest_of(key: str, /) -> str: ...
