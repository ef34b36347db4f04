"""Answers of earlier inputs of the same run: what was asked before in the very same words is not asked again."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

import orjson

from fmops_api.evaluationplan import AnswerCache, Candidate
from fmops_serving.evaluate.rowlines import row_maker
from fmops_serving.evaluate.rows import Rows

UNPINNED = timedelta(hours=24)
"""How old an answer may be of a model that can change under its name, such as a provider's."""


class Recallable(Protocol):
    """A row that can be taken over: an answer, or a verdict."""

    @property
    def key(self) -> Any:
        """Say which answer of the run it is."""

    @property
    def asked(self) -> str:
        """Give the hash of everything that makes an answer different."""

    @property
    def reusable(self) -> bool:
        """Say whether the same question may be answered with it."""

    @property
    def at(self) -> str:
        """Say when it was done, as RFC 3339."""

    def recalled_from(self, inputs_hash: str) -> Self:
        """Give the row as one that was taken over."""


R = TypeVar("R", bound=Recallable)


@dataclass(frozen=True)
class Recalled:
    """How many rows were taken over, and how many could not be read."""

    taken: int = 0
    unreadable: int = 0


def oldest(cache: AnswerCache, models: Iterable[Candidate], now: datetime | None = None) -> datetime:
    """Say since when answers count: the time the measurement is scheduled for, and a day where a model may change."""
    limits = [datetime.fromisoformat(cache.since)] if cache.since else []
    if not all(model.pinned for model in models):
        limits.append((now or datetime.now(UTC)) - UNPINNED)
    return max(limits, default=datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Questions:
    """What is asked now: hashes by key, for when there are earlier rows, and since when an answer counts."""

    wanted: Callable[[], Mapping[Any, str]]
    since: datetime


async def recall(
    rows: Rows[R], questions: Questions, read: type[R], found: AsyncIterator[tuple[str, Iterable[bytes]]]
) -> Recalled:
    """Copy what answers the questions from `found` into `rows`, where nothing does yet; raises SinkFailed."""
    missing: dict[Any, str] | None = None
    made = row_maker(read)
    taken = unreadable = 0
    async for inputs_hash, lines in found:
        if missing is None:
            missing = _missing(rows, questions)
        for line in lines:
            old = _parsed(line, made)
            unreadable += old is None and line.endswith(b"\n")  # no line end: a kill, or a writer at work
            if old is not None and _answers(old, missing, questions.since):
                del missing[old.key]
                rows.append(old.recalled_from(inputs_hash))
                taken += 1
    return Recalled(taken, unreadable)


def _missing(rows: Rows[R], questions: Questions) -> dict[Any, str]:
    missing = dict(questions.wanted())
    for row in rows.read():
        if row.reusable and missing.get(row.key) == row.asked:
            del missing[row.key]
    return missing


def _parsed(line: bytes, made: Callable[[bytes], R]) -> R | None:
    with suppress(orjson.JSONDecodeError, TypeError):
        return made(line)
    return None


def _answers(row: Recallable, missing: Mapping[Any, str], since: datetime) -> bool:
    with suppress(ValueError, TypeError):
        return row.reusable and missing.get(row.key) == row.asked and datetime.fromisoformat(row.at) >= since
    return False
