"""One request until it is answered or given up: attempts, waiting, and when to stop asking anybody."""

import asyncio
import random
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Generic

from fmops_serving.evaluate.answer import Answer
from fmops_serving.evaluate.client import Endpoint, Reply
from fmops_serving.evaluate.embed.reply import Embeddings
from fmops_serving.evaluate.errors import NotMeasured
from fmops_serving.evaluate.faults import Fault, Remedy
from fmops_serving.evaluate.pace import Pace
from fmops_serving.evaluate.terms import Terms
from fmops_serving.evaluate.waiting import backoff

_COUNTED = (Answer, Embeddings)
"""What takes tokens; made once, for a union is a new object with each answer."""
_FAILURES = 20
"""Requests in a row, at least, that must fail with all their attempts before the endpoint counts as down."""


@dataclass
class Asker(Generic[Reply]):
    """Asks one endpoint on behalf of all requests in flight.

    A Retry-After holds all who ask its address, since the endpoint is busy for all, and a busy one gets fewer at
    once. `name` says in sentences who does not answer.
    """

    endpoint: Endpoint[Reply]
    name: str
    retries: int
    in_flight: int
    terms: Terms
    model: str = ""
    """The model whose tokens these are."""
    _failures: int = 0
    _draw: random.Random = field(default_factory=random.Random)
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._pace = self.terms.paces.at(self.endpoint.url, self.in_flight)

    async def ask(self, body: bytes) -> tuple[Reply | Fault, int]:
        """Give the answer or the last fault, and the number of attempts; raises NotMeasured when asking is in vain."""
        for attempt in count(1):
            if self._pace.held_until > monotonic():
                await self._wait_while_held()
            try:
                answer = await self._attempt(body)
            except Fault as fault:
                if fault.remedy is Remedy.STOP:
                    raise NotMeasured(f"{self.name}: {fault.sentence}") from None
                if fault.remedy is Remedy.SKIP or attempt > self.retries:
                    self._count(fault)
                    return fault, attempt
                if self.terms.meter.used_up:
                    self.terms.meter.cut = True
                    return fault, attempt
                await self._pause(fault, attempt)
            else:
                self._failures = 0
                return answer, attempt
        raise AssertionError

    async def _attempt(self, body: bytes) -> Reply:
        pace, meter = self._pace, self.terms.meter
        number = pace.enter() or await pace.wait()
        try:
            answer = await self.endpoint.ask(body)
            pace.answered()
        except Fault as fault:
            if fault.busy:
                pace.busy(number)
            if not fault.refused:
                meter.lost(self.model, body)
            raise
        finally:
            pace.leave()
        if meter.limited and isinstance(answer, _COUNTED):
            meter.answered(self.model, body, answer)
        return answer

    async def _pause(self, fault: Fault, attempt: int) -> None:
        if fault.retry_after is None:
            await asyncio.sleep(backoff(attempt, self._draw))
            return
        until = monotonic() + fault.retry_after
        if until > self.terms.deadline:
            raise NotMeasured(
                f"{self.name}: the endpoint asks to wait {fault.retry_after:g} s, longer than the run may last"
            )
        self._pace.held_until = max(self._pace.held_until, until)

    async def _wait_while_held(self) -> None:
        while (wait := self._pace.held_until - monotonic()) > 0:  # noqa: ASYNC110 - a time is awaited, no event
            await asyncio.sleep(wait + self._draw.uniform(0, min(1.0, wait / 10)))

    def _count(self, fault: Fault) -> None:
        """Give up when nothing but failures comes back: an endpoint that is down says nothing about the model."""
        if fault.remedy is Remedy.SKIP:
            return
        self._failures += 1
        if self._failures >= max(_FAILURES, 2 * self.in_flight):
            raise NotMeasured(f"{self.name}: the last {self._failures} requests failed; {fault.sentence}")
