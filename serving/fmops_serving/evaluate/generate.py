"""Asking: every example of one candidate that has no answer yet, many at once, each written down as it comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic, time_ns

from fmops_api.scalars import seconds
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.budget import Meter
from fmops_serving.evaluate.chain import Chained, Outcome, follow
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.errors import BudgetExhausted, RanOutOfTime
from fmops_serving.evaluate.faults import Fault
from fmops_serving.evaluate.folder import answers_of
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.newest import RowIndex
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.recall import Questions, oldest, recall
from fmops_serving.evaluate.request import Request, Unrendered
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.together import together

SYNC_EVERY = 2.0
"""Seconds between asking the disk to keep the rows; what a power cut can cost, at most."""


async def generate(inputs: Inputs, rows: Rows, progress: Progress, terms: Terms) -> RowIndex:
    """Take over what was answered for earlier inputs, ask what has no answer yet, and write a row for each.

    Gives the rows that count. Raises NotMeasured or SinkFailed, keeping the rows.
    """
    execution = inputs.plan.execution
    try:
        await _recall(inputs, rows, progress, terms)
        async with asyncio.timeout(max(0.0, terms.deadline - monotonic())), _askers(inputs, terms) as askers:
            found = RowIndex(inputs, rows)
            await _Generation(inputs, rows, found, progress, askers, terms.meter).run()
            return found
    except TimeoutError:
        raise RanOutOfTime(
            f"{inputs.told}: runTimeout ({execution.run_timeout}) passed with {progress.done} of"
            f" {progress.total} examples done"
        ) from None
    finally:
        rows.sync()


async def _recall(inputs: Inputs, rows: Rows, progress: Progress, terms: Terms) -> None:
    if terms.earlier is None or inputs.plan.cache is None:
        return

    def wanted() -> dict[Key, str]:
        return {each.key: each.prompt_hash for each in inputs.requests() if not isinstance(each, Unrendered)}

    since = oldest(inputs.plan.cache, [step.call.target for step in inputs.steps])
    below = answers_of(inputs.candidate.name)
    found = await recall(rows, Questions(wanted, since), Row, terms.earlier.lines(below))
    progress.recalled, progress.unreadable = found.taken, found.unreadable


@asynccontextmanager
async def _askers(inputs: Inputs, terms: Terms) -> AsyncIterator[Mapping[str, Asker]]:
    """Open the candidate's endpoint, and those of models that steps name; by the name of the model."""
    execution, name = inputs.plan.execution, inputs.candidate.name
    askers: dict[str, Asker] = {}
    async with AsyncExitStack() as stack:
        for call in {step.call.target.name: step.call for step in inputs.steps}.values():
            connection = connect(call.url, key_of(call.target), seconds(execution.attempt_timeout))
            endpoint = await stack.enter_async_context(connection)
            told = inputs.told if call.target.name == name else f"{inputs.told}: {call.target.name}"
            askers[call.target.name] = Asker(
                endpoint, told, execution.retries, execution.max_in_flight, terms, call.target.name
            )
        yield askers


@dataclass
class _Generation:
    inputs: Inputs
    rows: Rows
    found: RowIndex
    progress: Progress
    askers: Mapping[str, Asker]
    meter: Meter

    async def run(self) -> None:
        models = {step.name: step.call.target.name for step in self.inputs.steps}
        self.meter.recount(self.inputs.candidate.name, models, self._before())
        pending = self._pending()
        keeper = asyncio.ensure_future(self._keep())
        try:
            await together([self._work(pending) for _ in range(self.inputs.plan.execution.max_in_flight)])
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        if self.meter.used_up and (self.meter.cut or next(pending, None) is not None):
            done = f"{self.progress.answered} of {self.progress.total} answers are there"
            raise BudgetExhausted(f"{self.inputs.told}: {self.meter.sentence()}; {done}")

    def _before(self) -> Iterator[Row]:
        """Give what was paid before: of a shard, by whomever its examples were asked then."""
        rows, ours = self.rows.read(), self.inputs.slot
        return (row for row in rows if ours(row.key) is not None) if self.inputs.shard else rows

    async def _work(self, pending: Iterator[Request | Chained]) -> None:
        """Take one request after the other, as long as the budget lasts: a slow answer holds up nobody else."""
        ask = self.askers[self.inputs.candidate.name].ask
        while not self.meter.used_up and (request := next(pending, None)) is not None:
            if isinstance(request, Chained):
                outcome = await follow(request, self.askers)
            else:
                outcome = Outcome(*await ask(request.body), request.messages)
            self._write(request, outcome)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY)
            await asyncio.to_thread(self.rows.sync)

    def _pending(self) -> Iterator[Request | Chained]:
        """Give the requests that have no answer yet, rendered when their turn comes."""
        for request in self.inputs.requests():
            if isinstance(request, Unrendered):
                self._write(request, Outcome(Fault(request.fault), 0, ()))
            elif (row := self.found.newest(request)) and row.answered:
                self.progress.answered += 1
                self.progress.earlier += 1
            else:
                yield request

    def _write(self, request: Request | Unrendered | Chained, outcome: Outcome) -> None:
        self.found.came(request.key, self.rows.append(_row(request, outcome)))
        if isinstance(outcome.result, Answer):
            self.progress.answered += 1
        else:
            self.progress.errors += 1
            self.progress.unrendered += outcome.attempts == 0
            self.progress.last_fault = outcome.result.sentence


def _row(request: Request | Unrendered | Chained, outcome: Outcome) -> Row:
    answer = outcome.result if isinstance(outcome.result, Answer) else None
    return Row(
        example=request.example,
        repeat=request.repeat,
        prompt_hash=request.prompt_hash,
        messages=outcome.messages,
        output=answer.text if answer else None,
        finish_reason=answer.finish_reason if answer else None,
        prompt_tokens=answer.prompt_tokens if answer else None,
        output_tokens=answer.output_tokens if answer else None,
        time_to_first_token=answer.time_to_first_token if answer else None,
        request_time=answer.request_time if answer else None,
        attempts=outcome.attempts,
        error=None if answer else str(outcome.result),
        at=_written(time_ns() // 1_000_000),
        steps=outcome.steps,
        time_between_tokens=answer.time_between_tokens if answer else None,
    )


@lru_cache(maxsize=1)
def _written(milliseconds: int) -> str:
    """Write a time since the epoch as RFC 3339; kept, since several answers come in a millisecond."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
