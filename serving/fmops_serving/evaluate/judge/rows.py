"""What came of one case before one judge: what every row has, and what a score has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from fmops_serving.evaluate.judge.verdict import Cause
from fmops_serving.evaluate.rows import Key


class Finding(NamedTuple):
    """What figures need of a row; the texts stay in the file."""

    scores: Mapping[str, float] | None
    form: str | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardRow:
    """What came of one request to a judge, whatever it was asked. Tokens and seconds are of all tries it took."""

    request_hash: str
    """Covers the judge, its sampling, the rubric, the task and what is judged."""
    raw: Sequence[str]
    """The judge's replies as they came; two when the first could not be read."""
    form: str | None
    """How the verdict was asked for: json or lines."""
    cause: str | None
    error: str | None
    attempts: int
    prompt_tokens: int | None
    output_tokens: int | None
    request_time: float | None
    at: str
    """When it was done, as RFC 3339."""
    cached: str | None = None
    """The inputs that it was asked for, where those are earlier ones."""

    @property
    def asked(self) -> str:
        """Give the hash of everything that makes the verdict different."""
        return self.request_hash

    @property
    def settled(self) -> bool:
        """Say whether the judge gave its answer, readable or not; only an endpoint's failure is asked again."""
        return self.cause != Cause.NO_ANSWER

    def recalled_from(self, inputs_hash: str) -> Self:
        """Give the row as one that was asked for earlier inputs."""
        return replace(self, cached=self.cached or inputs_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRow(HeardRow):
    """Scores of one answer by criterion, or why there are none."""

    example: str
    repeat: int
    scores: Mapping[str, float] | None
    reasons: Mapping[str, str]
    """By criterion; under `all` when the verdict came as lines."""

    @property
    def key(self) -> Key:
        """Say which answer of the run this is about."""
        return self.example, self.repeat

    @property
    def reusable(self) -> bool:
        """Say whether the same question may be answered with it: not where the judge could not be read."""
        return self.scores is not None

    @property
    def finding(self) -> Finding:
        """Give what figures need."""
        return Finding(self.scores, self.form, self.cause)
