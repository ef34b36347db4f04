"""Batches: questions that come one by one, answered many at once in a thread of their own."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

from fmops_serving.guard.finding import DetectorFailed

MOST = 32
WAIT = 0.005
"""Seconds that the first question of a batch waits for company; while a batch runs, the next one fills."""
PENDING = 1024
"""Questions that may wait; beyond, a new one fails at once instead of at its timeout."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")
_Waiting = tuple[Question, asyncio.Future[Answer]]


class Batches(Generic[Question, Answer]):
    """Hands batches to `run`, one at a time. Belongs to the event loop that asks."""

    def __init__(self, run: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        """`run` answers each question of a batch, in their order; it is called in another thread."""
        self._run = run
        self._waiting: deque[_Waiting[Question, Answer]] = deque()
        self._thread = ThreadPoolExecutor(1, "guard-batches")
        self._running = False
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, question: Question) -> Answer:
        """Give the answer. Who is interrupted while waiting is not asked for any more; raises DetectorFailed."""
        if len(self._waiting) >= PENDING:
            raise DetectorFailed(f"{PENDING} texts wait for it already")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future))
        if not self._running and len(self._waiting) >= MOST:
            self._start(loop)
        elif not self._running and self._timer is None:
            self._timer = loop.call_later(WAIT, self._start, loop)
        return await future

    def close(self) -> None:
        """Let the thread end when it has done what it does."""
        self._thread.shutdown(wait=False)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch: list[_Waiting[Question, Answer]] = []
        while self._waiting and len(batch) < MOST:
            waiting = self._waiting.popleft()
            if not waiting[1].done():
                batch.append(waiting)
        if batch:
            self._running = True
            answers = loop.run_in_executor(self._thread, self._run, [question for question, _ in batch])
            answers.add_done_callback(partial(self._answered, loop, batch))

    def _answered(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: Sequence[_Waiting[Question, Answer]],
        answers: asyncio.Future[Sequence[Answer]],
    ) -> None:
        self._running = False
        error = answers.exception()
        for place, (_, future) in enumerate(batch):
            if not future.done():
                if error is None:
                    future.set_result(answers.result()[place])
                else:
                    future.set_exception(_of(error))
        if self._waiting:
            self._start(loop)


def _of(error: BaseException) -> DetectorFailed:
    """Say of any error only its kind, since its words may hold the text; each who waits gets one of its own."""
    return DetectorFailed(str(error) if isinstance(error, DetectorFailed) else type(error).__name__)
