"""Asking: every example of one candidate that has no answer yet, many at once, each written down as it comes."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from fmops_api.scalars import seconds
from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.asking import Asker
from fmops_serving.evaluate.client import connect
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.faults import Fault
from fmops_serving.evaluate.inputs import Inputs, key_of
from fmops_serving.evaluate.progress import Progress
from fmops_serving.evaluate.request import Request, Unrendered
from fmops_serving.evaluate.rows import Key, Row, Rows
from fmops_serving.evaluate.together import together

SYNC_EVERY = 2.0
"""Seconds between asking the disk to keep the rows; what a power cut can cost, at most."""


async def generate(inputs: Inputs, rows: Rows, progress: Progress, deadline: float) -> None:
    """Ask what has no answer yet, until `deadline` on the clock of `monotonic`, and write a row for each.

    Raises NotMeasured or SinkFailed, keeping the rows.
    """
    execution, api_key = inputs.plan.execution, key_of(inputs.candidate)
    try:
        async with (
            asyncio.timeout(max(0.0, deadline - monotonic())),
            connect(inputs.url, api_key, seconds(execution.attempt_timeout)) as endpoint,
        ):
            asker = Asker(endpoint, inputs.candidate.name, execution.retries, execution.max_in_flight, deadline)
            await _Generation(inputs, rows, progress, asker).run()
    except TimeoutError:
        raise NotMeasured(
            f"{inputs.candidate.name}: runTimeout ({execution.run_timeout}) passed with {progress.done} of"
            f" {progress.total} examples done"
        ) from None
    finally:
        rows.sync()


@dataclass
class _Generation:
    inputs: Inputs
    rows: Rows
    progress: Progress
    asker: Asker

    async def run(self) -> None:
        pending = self._pending()
        keeper = asyncio.ensure_future(self._keep())
        try:
            await together([self._work(pending) for _ in range(self.asker.in_flight)])
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    async def _work(self, pending: Iterator[Request]) -> None:
        """Take one request after the other: a slow answer holds up nobody else."""
        for request in pending:
            outcome, attempts = await self.asker.ask(request.body)
            self._write(request, outcome, attempts)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SYNC_EVERY)
            await asyncio.to_thread(self.rows.sync)

    def _pending(self) -> Iterator[Request]:
        """Give the requests that have no answer yet, rendered when their turn comes."""
        answered = answered_before(self.rows)
        for request in self.inputs.requests():
            if isinstance(request, Unrendered):
                self._write(request, Fault(request.fault), 0)
            elif answered.get(request.key) == request.prompt_hash:
                self.progress.answered += 1
                self.progress.earlier += 1
            else:
                yield request

    def _write(self, request: Request | Unrendered, outcome: Answer | Fault, attempts: int) -> None:
        self.rows.append(_row(request, outcome, attempts))
        if isinstance(outcome, Answer):
            self.progress.answered += 1
        else:
            self.progress.errors += 1
            self.progress.last_fault = outcome.sentence


def answered_before(rows: Rows) -> dict[Key, str]:
    """Give the prompt hash of every answer that is there; an error is no answer and is asked again."""
    return {row.key: row.prompt_hash for row in rows.read() if row.answered}


def _row(request: Request | Unrendered, outcome: Answer | Fault, attempts: int) -> Row:
    answer = outcome if isinstance(outcome, Answer) else None
    return Row(
        example=request.example,
        repeat=request.repeat,
        prompt_hash=request.prompt_hash,
        messages=request.messages,
        output=answer.text if answer else None,
        finish_reason=answer.finish_reason if answer else None,
        prompt_tokens=answer.prompt_tokens if answer else None,
        output_tokens=answer.output_tokens if answer else None,
        time_to_first_token=answer.time_to_first_token if answer else None,
        request_time=answer.request_time if answer else None,
        attempts=attempts,
        error=None if answer else str(outcome),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        time_between_tokens=answer.time_between_tokens if answer else None,
    )
