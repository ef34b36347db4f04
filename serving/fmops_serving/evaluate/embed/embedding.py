"""Embedding one candidate's answers and their references: every text once, many at once, each written down."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from time import monotonic

import orjson

from fmops_api.evaluationplan import Candidate
from fmops_api.scalars import seconds
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.budget import tokens_of
from fmops_serving.evaluate.client import connect_to
from fmops_serving.evaluate.embed.reply import Embeddings, Numbers, read_vectors
from fmops_serving.evaluate.embed.vectors import BLANK, Cause, VectorRow, Vectors, hash_of, packed, unpacked
from fmops_serving.evaluate.errors import BudgetExhausted, RanOutOfTime, SinkFailed
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.folder import RunFolder, vectors_of
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.newest import newest
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.recall import Questions, oldest, recall
from fmops_serving.evaluate.rows import Rows, kept_rows
from fmops_serving.evaluate.score.reply import Reply
from fmops_serving.evaluate.synced import synced
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.together import together

BATCH = 32
"""Texts of one request, at most."""
PATH = "/embeddings"


@dataclass(frozen=True)
class Embedded:
    """What the embedders of a run made of one candidate's texts, by embedder."""

    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    """Texts without a vector, by embedder and cause, such as `minilm/NotFinite`."""


async def embed(inputs: Inputs, answers: Rows, folder: RunFolder | None, progress: Progress, terms: Terms) -> Embedded:
    """Have every embedder of the run see every text, on these terms.

    Raises NotMeasured or SinkFailed, keeping the rows.
    """
    desks = [_Desk(inputs, answers, Vectors(each), progress, terms) for each in inputs.plan.embedders or ()]
    try:
        async with asyncio.timeout(max(0.0, terms.deadline - monotonic())):
            await together([desk.embed(folder) for desk in desks])
    except TimeoutError:
        raise RanOutOfTime(
            f"{inputs.candidate.name}: runTimeout ({inputs.plan.execution.run_timeout}) passed with"
            f" {progress.embedded} texts embedded"
        ) from None
    faults = Counter(f"{desk.embedder.name}/{cause}" for desk in desks for cause in desk.causes.values() if cause)
    return Embedded({desk.embedder.name: desk.vectors for desk in desks}, dict(sorted(faults.items())))


@dataclass(frozen=True)
class _Desk:
    """One embedder at work."""

    inputs: Inputs
    answers: Rows
    vectors: Vectors
    progress: Progress
    terms: Terms
    causes: dict[str, str | None] = field(default_factory=dict)
    """Of every text that was seen, by its hash, why it has no vector; None where it has one."""

    @property
    def embedder(self) -> Candidate:
        return self.vectors.embedder

    async def embed(self, folder: RunFolder | None) -> None:
        """Ask for what has no vector yet."""
        execution, name = self.inputs.plan.execution, self.embedder.name
        url, timeout = self.embedder.url.rstrip("/") + PATH, seconds(execution.attempt_timeout)
        with kept_rows(folder.vectors(self.inputs.candidate.name, name) if folder else None, VectorRow) as rows:
            await self._recall(rows)
            self._restore(rows)
            self.terms.meter.recount_vectors(name, rows.read())
            batches = _batches(self._pending())
            async with connect_to(read_vectors, url, key_of(self.embedder), timeout) as connection, synced(rows):
                most = execution.max_in_flight
                asker = Asker(connection, f"embedder {name}", execution.retries, most, self.terms, name)
                await together([self._work(batches, asker, rows) for _ in range(most)])
            self._refuse_to_end_early(batches)

    async def _recall(self, rows: Rows[VectorRow]) -> None:
        """Take over vectors of earlier inputs of the same texts."""
        cache, earlier = self.inputs.plan.cache, self.terms.earlier
        if earlier is None or cache is None:
            return

        def wanted() -> dict[str, str]:
            return dict.fromkeys(map(hash_of, _texts(self.inputs, self.answers)), self.vectors.embedder_hash)

        below = vectors_of(self.inputs.candidate.name, self.embedder.name)
        found = await recall(rows, Questions(wanted, oldest(cache, [self.embedder])), VectorRow, earlier.lines(below))
        self.progress.unreadable += found.unreadable

    def _restore(self, rows: Rows[VectorRow]) -> None:
        """Take the vectors of an earlier start, so that no text is asked for twice."""
        for row in rows.read():
            if row.settled and row.embedder_hash == self.vectors.embedder_hash:
                self.causes[row.text_hash] = row.cause
                if row.vector is not None:
                    self.vectors.keep(row.text_hash, _unpacked(row.vector))

    def _pending(self) -> Iterator[str]:
        """Give every text that is to be compared, once."""
        seen = set(self.causes)
        for text in _texts(self.inputs, self.answers):
            text_hash = hash_of(text)
            if text_hash not in seen:
                seen.add(text_hash)
                yield text

    def _refuse_to_end_early(self, batches: Iterator[Sequence[str]]) -> None:
        """Raise BudgetExhausted when texts were left out because the share of the budget is spent."""
        meter = self.terms.meter
        if meter.used_up and (meter.cut or next(batches, None) is not None):
            done = f"{len(self.causes)} texts of embedder {self.embedder.name} are embedded"
            raise BudgetExhausted(f"{self.inputs.candidate.name}: {meter.sentence()}; {done}")

    async def _work(self, batches: Iterator[Sequence[str]], asker: Asker[Embeddings], rows: Rows[VectorRow]) -> None:
        while not self.terms.meter.used_up and (batch := next(batches, None)) is not None:
            async for text, outcome, attempts, tokens in self._asked(batch, asker):
                row = replace(self._row(text, outcome, attempts), prompt_tokens=tokens)
                rows.append(row)
                self.causes[row.text_hash] = row.cause
                self.progress.embedded += 1

    async def _asked(
        self, batch: Sequence[str], asker: Asker[Embeddings]
    ) -> "AsyncIterator[tuple[str, Numbers | Fault | None, int, int]]":
        """Ask for some texts at once, and in halves when the endpoint refuses them: one may be too long.

        Gives each with what came of it, the attempts, and the tokens of the request with the first of its texts.
        """
        asked = {"model": self.embedder.model, "input": [text or BLANK for text in batch], "encoding_format": "float"}
        body = orjson.dumps(asked)
        outcome, attempts = await asker.ask(body)
        if isinstance(outcome, Fault) and outcome.remedy is Remedy.SKIP and len(batch) > 1:
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                async for each in self._asked(half, asker):
                    yield each
            return
        if isinstance(outcome, Fault):
            for text in batch:
                yield text, outcome, attempts, 0
            return
        tokens = tokens_of(outcome.prompt_tokens, len(body))
        for place, text in enumerate(batch):
            yield text, outcome.vectors.get(place), attempts, 0 if place else tokens

    def _row(self, text: str, outcome: Numbers | Fault | None, attempts: int) -> VectorRow:
        text_hash, found = hash_of(text), self._judged(outcome)
        vector = None if found or outcome is None or isinstance(outcome, Fault) else outcome
        if vector is not None:
            self.vectors.keep(text_hash, vector)
        return VectorRow(
            embedder_hash=self.vectors.embedder_hash,
            text_hash=text_hash,
            vector=packed(vector) if vector is not None else None,
            cause=found[0] if found else None,
            error=found[1] if found else None,
            attempts=attempts,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )

    def _judged(self, outcome: Numbers | Fault | None) -> tuple[Cause, str] | None:
        """Say why a text has no vector; None when it has one."""
        if outcome is None:
            return Cause.MISSING, "the embedder gave no vector for this text"
        if isinstance(outcome, Fault):
            return Cause.REFUSED if outcome.remedy is Remedy.SKIP else Cause.NO_ANSWER, str(outcome)
        return self.vectors.fault(outcome)


def _texts(inputs: Inputs, answers: Rows) -> Iterator[str]:
    """Give what answers say, without the reasoning before it, and what each is compared with."""
    for (unique_id, _), row in newest(inputs, answers):
        if row is not None and row.answered:
            reply = Reply.of(inputs.examples[unique_id], inputs.language_of(unique_id), row)
            if reply.references:
                yield from (reply.text, *reply.references)


def _batches(texts: Iterator[str]) -> Iterator[Sequence[str]]:
    while batch := list(islice(texts, BATCH)):
        yield batch


def _unpacked(vector: str) -> Sequence[float]:
    try:
        return unpacked(vector)
    except ValueError:
        raise SinkFailed("a row of vectors holds what is no vector: remove the file to start again") from None
