"""Vectors of texts: how they are kept, and how they are found again."""

import hashlib
import math
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import orjson

from fmops_api.evaluationplan import Candidate

BLANK = " "
"""What stands for an empty text, which endpoints refuse; ragas does the same."""


class Cause(StrEnum):
    """Why a text has no vector."""

    NO_ANSWER = "NoAnswer"
    """The endpoint gave none, after all tries."""
    REFUSED = "Refused"
    """The endpoint does not take this text: it is too long, as a rule."""
    MISSING = "Missing"
    NOT_FINITE = "NotFinite"
    ZERO = "Zero"
    WRONG_LENGTH = "WrongLength"


@dataclass(frozen=True, slots=True)
class VectorRow:
    """What an embedder made of one text, or why nothing."""

    embedder_hash: str
    """Covers its URL, name and revision: another one's vectors are no use."""
    text_hash: str
    vector: str | None
    """Numbers as they came, in base64 of 32-bit floats, the smallest byte first."""
    cause: str | None
    error: str | None
    attempts: int
    at: str
    """When it was done, as RFC 3339."""
    cached: str | None = None
    """The inputs that it was asked for, where those are earlier ones."""
    prompt_tokens: int = 0
    """Of all texts of its request, on the row of the first; by their bytes where the endpoint does not count."""

    @property
    def key(self) -> str:
        """Say which text it is about."""
        return self.text_hash

    @property
    def asked(self) -> str:
        """Give the hash of everything else that makes the vector different."""
        return self.embedder_hash

    @property
    def reusable(self) -> bool:
        """Say whether the same question may be answered with it."""
        return self.vector is not None

    def recalled_from(self, inputs_hash: str) -> "VectorRow":
        """Give the row as one that was asked for earlier inputs."""
        return replace(self, cached=self.cached or inputs_hash)

    @property
    def settled(self) -> bool:
        """Say whether the embedder had its say, good or not; only an endpoint's failure is asked again."""
        return self.cause != Cause.NO_ANSWER


@dataclass
class Vectors:
    """The vectors of one embedder, with length 1 each, in memory: four bytes a number."""

    embedder: Candidate
    dimension: int | None = None
    """Numbers of a vector; those of the first one, None while there is none."""
    _found: "dict[str, array[float]]" = field(default_factory=dict)

    @property
    def embedder_hash(self) -> str:
        """Hash everything but the text that can make a vector different."""
        identity = (self.embedder.url, self.embedder.model, self.embedder.revision)
        return hashlib.sha256(orjson.dumps(identity)).hexdigest()

    def keep(self, text_hash: str, numbers: Sequence[float]) -> None:
        """Take a vector that has no fault."""
        self.dimension = len(numbers)
        self._found[text_hash] = of_length_one(numbers)

    def of(self, text: str) -> Sequence[float] | None:
        """Find the vector of a text."""
        return self._found.get(hash_of(text))

    def fault(self, numbers: Sequence[float]) -> tuple[Cause, str] | None:
        """Say what is wrong with a vector of 32-bit floats; None when nothing is."""
        if not all(map(math.isfinite, numbers)):
            return Cause.NOT_FINITE, "the vector has numbers that are none, or are infinite"
        if not numbers or not _length(numbers):
            return Cause.ZERO, "the vector has no direction: all its numbers are zero"
        if self.dimension not in {None, len(numbers)}:
            return Cause.WRONG_LENGTH, f"the vector has {len(numbers)} numbers, those before it had {self.dimension}"
        return None


def hash_of(text: str) -> str:
    """Hash a text, as it is sent."""
    return hashlib.sha256((text or BLANK).encode(errors="surrogatepass")).hexdigest()


def packed(numbers: Sequence[float]) -> str:
    """Write a vector of 32-bit floats for a row."""
    return b64encode(_little(array("f", numbers)).tobytes()).decode()


def unpacked(vector: str) -> "array[float]":
    """Read the vector of a row; raises ValueError when it is none."""
    found = array("f")
    found.frombytes(b64decode(vector, validate=True))
    return _little(found)


def of_length_one(numbers: Sequence[float]) -> "array[float]":
    """Divide a vector that has a direction by its length."""
    length = _length(numbers)
    return array("f", (number / length for number in numbers))


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the cosine of the angle between two vectors of length 1: their dot product, kept within -1 and 1."""
    return max(-1.0, min(1.0, math.fsum(a * b for a, b in zip(one, other, strict=True))))


def _length(numbers: Iterable[float]) -> float:
    return math.sqrt(math.fsum(number * number for number in numbers))


def _little(numbers: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
